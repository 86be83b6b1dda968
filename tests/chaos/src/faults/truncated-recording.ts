import { stat, truncate } from "node:fs/promises";
import { ALL_SERVERS, type Fault } from "./fault.js";

export const truncatedRecording: Fault = {
  name: "truncated-recording",
  about:
    "a recording is cut after it was submitted: its job fails, and nothing is published without it",
  servers: ALL_SERVERS,
  async submit(scene) {
    await scene.submit();
    const path = scene.random.pick(scene.recordings);
    if (path === undefined) throw new Error("no recordings");
    await truncate(path, Math.floor((await stat(path)).size * scene.random.next()));
    scene.truncated.add(path);
    scene.figures.count("truncated recordings");
  },
  inflict: async () => {},
};
