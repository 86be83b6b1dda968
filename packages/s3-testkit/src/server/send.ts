import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Action } from "../hooks/hook.js";
import type { Answer } from "../http/answer.js";

const THROTTLE_STEP_MS = 50;

/** Sends an answer as far as the fault lets it; gives the number of bytes of the body sent. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  headers: Answer["headers"],
  fault: Action | undefined,
): Promise<number> {
  if (fault?.kind === "disconnect" || fault?.kind === "lose-answer") {
    response.destroy();
    return 0;
  }
  const isCut = fault?.kind === "cut" || fault?.kind === "stall";
  const limit = isCut ? Math.min(fault.afterBytes, answer.size) : answer.size;
  response.writeHead(answer.status, {
    "content-length": `${answer.size}`,
    ...headers,
    ...answer.headers,
  });
  response.flushHeaders();
  let sent = 0;
  for await (const whole of answer.body()) {
    for (const piece of pieces(whole.subarray(0, limit - sent), fault)) {
      if (response.destroyed) return sent;
      sent += piece.length;
      if (!response.write(piece)) await drained(response);
      if (fault?.kind === "throttle") await sleep(THROTTLE_STEP_MS);
    }
    if (sent >= limit) break;
  }
  if (fault?.kind === "stall") return sent;
  if (fault?.kind === "cut") {
    // What was written must leave before the connection is closed.
    await new Promise<void>((resolve) => response.write("", () => resolve()));
    response.destroy();
  } else response.end();
  return sent;
}

/** Waits for room, or for the end of the connection. */
async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

function* pieces(bytes: Uint8Array, fault: Action | undefined): Generator<Uint8Array> {
  const step =
    fault?.kind === "throttle"
      ? Math.max(1, Math.floor((fault.bytesPerSecond * THROTTLE_STEP_MS) / 1000))
      : bytes.length;
  for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
}
