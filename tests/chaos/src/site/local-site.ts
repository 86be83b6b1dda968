import { cp } from "node:fs/promises";
import { join } from "node:path";
import { createStorage, joinUrl, toUrl } from "@roboflow/storage";
import { EPISODES, recordingName } from "../recordings/episodes.js";
import type { Site } from "./site.js";

/** A directory that all machines of the fleet see. @param recordings see `writeRecordings` */
export async function localSite(directory: string, recordings: string): Promise<Site> {
  await cp(recordings, join(directory, "recordings"), { recursive: true });
  const root = toUrl(`${directory}/`, directory);
  const storage = createStorage();
  return {
    kind: "local",
    env: { ROBOFLOW_SHARED_PATH: "1" },
    recordings: Array.from({ length: EPISODES }, (_, episode) =>
      joinUrl(root, `recordings/${recordingName(episode)}`),
    ),
    outputUrl: joinUrl(root, "dataset/"),
    storage,
    [Symbol.asyncDispose]: () => storage.close(),
  };
}
