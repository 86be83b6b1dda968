import { DistributedError } from "../../src/error.js";
import type { ConversionContext, ConversionResult } from "../../src/worker/conversion.js";
import { serveChild } from "../../src/worker/serve-child.js";

const RESULT: ConversionResult = { frames: 3, episodes: 1, report: { a: [1] }, warnings: ["w"] };

/** Never ends by itself. */
function forever(): Promise<never> {
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}

async function untilAborted({ signal }: ConversionContext): Promise<never> {
  const timer = setInterval(() => {}, 60_000);
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  clearInterval(timer);
  throw new Error("aborted as asked");
}

async function allocate(): Promise<never> {
  const kept: unknown[] = [];
  for (;;) kept.push(Array.from({ length: 1_000 }, (_, index) => ({ index })));
}

/** Misbehaves as the request's task says; says its process id as its first progress. */
async function act(task: string | null, context: ConversionContext): Promise<ConversionResult> {
  context.onProgress({ framesDone: process.pid, framesTotal: process.pid });
  switch (task) {
    case "log":
      context.logger.warn("careful", { at: 5n, error: new Error("odd"), list: [1] });
      return RESULT;
    case "fail":
      throw new DistributedError("ERR_ROBOFLOW_NO_FRAMES", "nothing in it", { hint: "look" });
    case "throw":
      throw new TypeError("not ours");
    case "kill":
      process.kill(process.pid, "SIGKILL");
      return forever();
    case "exit":
      return process.exit(3);
    case "memory":
      return allocate();
    case "wait":
      return untilAborted(context);
    case "stubborn":
      return forever();
    case null:
    default:
      return RESULT;
  }
}

serveChild({
  convert: (request, context) => act(request.task, context),
  assemble: async (request) => ({ episodes: request.episodes.length, frames: 1, features: {} }),
});
