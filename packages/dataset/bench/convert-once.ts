import { mkdir, rm } from "node:fs/promises";
import { openRecording } from "@roboflow/sources";
import { createStorage, toUrl } from "@roboflow/storage";
import { convertRecording, LerobotConfig } from "../src/index.js";
import { BENCH_CONFIG } from "./bench-recording.js";

/** Converts the bench recording at `path`; returns the wall time in milliseconds. */
export async function convertOnce(path: string, directory: string): Promise<number> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const started = performance.now();
  const config = LerobotConfig.fromToml(BENCH_CONFIG);
  await using storage = createStorage();
  await using file = await storage.open(toUrl(path, directory));
  await using recording = await openRecording(file);
  const source = {
    url: file.url,
    size: file.size,
    identity: file.identity,
    configHash: config.hash,
    annotationHash: null,
  };
  await convertRecording({ recording, config, directory, source, software: "bench" });
  return performance.now() - started;
}
