import { silentLogger } from "@roboflow/core";
import { ChildRunner } from "../../src/worker/child-runner.js";
import { conversionRequest } from "./requests.js";

/** A parent to be killed while its child works; prints the child's process id. */
const runner = new ChildRunner({ entry: new URL("./child-entry.ts", import.meta.url) });
await runner.convert(conversionRequest("stubborn"), {
  signal: new AbortController().signal,
  logger: silentLogger,
  onProgress: ({ framesDone }) => process.stdout.write(`${framesDone}\n`),
});
