import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Hands on every line of a stream with `prefix` before it; resolves at its end. */
export async function prefixLines(
  stream: Readable,
  prefix: string,
  print: (line: string) => void,
): Promise<void> {
  for await (const line of createInterface({
    input: stream,
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (line.trim() !== "") print(`${prefix}${line}`);
  }
}
