import type { Recording } from "@roboflow/sources";
import { ReorderBuffer } from "../align/reorder-buffer.js";
import type { TimeGrid } from "../align/time-grid.js";
import { Sample } from "./sample.js";
import type { TopicStamps } from "./stamp-scan.js";

/** How messages are placed in time; by header stamp, after a first pass over the stamps. */
export type Timing =
  | { readonly clock: "log" }
  | { readonly clock: "header"; readonly stamps: ReadonlyMap<string, TopicStamps> };

/** The messages of the topics, each topic's in order of the dataset's clock. */
export async function* readSamples(
  recording: Recording,
  topics: Iterable<string>,
  grid: TimeGrid,
  timing: Timing,
  signal: AbortSignal,
): AsyncGenerator<Sample, void> {
  const buffers = new Map<string, ReorderBuffer<Sample>>();
  if (timing.clock === "header")
    for (const [topic, { displacement }] of timing.stamps)
      if (displacement > 0) buffers.set(topic, new ReorderBuffer(displacement));
  for await (const message of recording.messages({ topics, signal })) {
    const sample = new Sample(recording, message, grid, timing.clock);
    const buffer = buffers.get(message.topic);
    const next = buffer === undefined ? sample : buffer.push(sample);
    if (next !== undefined) yield next;
  }
  for (const buffer of buffers.values()) yield* buffer.drain();
}
