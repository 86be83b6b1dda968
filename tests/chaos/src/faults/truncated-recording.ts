import { stat, truncate } from "node:fs/promises";
import { toPath } from "@roboflow/storage";
import type { Site } from "../site/site.js";
import { ALL_SERVERS, type Fault } from "./fault.js";

export const truncatedRecording: Fault = {
  name: "truncated-recording",
  about:
    "a recording is cut after it was submitted: its job fails, and nothing is published without it",
  servers: ALL_SERVERS,
  async submit(scene) {
    await scene.submit();
    const { site, random } = scene;
    const url = random.pick(site.recordings);
    if (url === undefined) throw new Error("no recordings");
    scene.truncated.add(url);
    await cut(site, url, random.next());
    scene.figures.count("truncated recordings");
  },
  inflict: async () => {},
};

/** Keeps this share of a recording, from 0 to 1. */
async function cut({ kind, storage }: Site, url: string, share: number): Promise<void> {
  if (kind === "local") {
    const path = toPath(url);
    await truncate(path, Math.floor((await stat(path)).size * share));
  } else {
    const content = await storage.readAll(url);
    await storage.put(url, content.subarray(0, Math.floor(content.length * share)));
  }
}
