import type { RawMessage, Recording } from "../src/index.js";
import type { RecordedMessage, RecordingContent } from "../src/testing/index.js";

const encoder = new TextEncoder();

/** Messages of raw bytes: `times` in file order, topics in turn by their index. */
export function content(times: readonly { readonly topic: number; readonly time: number }[]): {
  readonly recorded: RecordingContent;
  readonly messages: readonly (RecordedMessage & { readonly sequence: number })[];
} {
  const messages = times.map(({ topic, time }, sequence) => ({
    topic: `/t${topic}`,
    logTime: BigInt(time),
    publishTime: BigInt(time) + 5n,
    sequence,
    data: encoder.encode(`message ${sequence} ${"x".repeat((sequence * 7) % 40)}`),
  }));
  const topics = [0, 1, 2, 3].map((i) => ({ topic: `/t${i}`, type: "std_msgs/msg/String" }));
  return { recorded: { topics, messages }, messages };
}

/** In order of log time; equal times in the order given. */
export function inOrder<T extends { readonly logTime: bigint }>(messages: readonly T[]): T[] {
  return messages.toSorted((a, b) => Number(a.logTime - b.logTime));
}

/** What is compared of a message. */
export function essence(message: RawMessage | RecordedMessage): string {
  const data = "data" in message ? Buffer.from(message.data).toString("hex") : "";
  return [message.topic, message.sequence, message.logTime, message.publishTime, data].join(" ");
}

export async function readAll(
  recording: Recording,
  options?: Parameters<Recording["messages"]>[0],
): Promise<RawMessage[]> {
  const all: RawMessage[] = [];
  for await (const message of recording.messages(options)) all.push(message);
  return all;
}
