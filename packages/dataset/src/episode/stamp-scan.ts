import type { Recording } from "@roboflow/sources";
import { maxDisplacement } from "../align/reorder-buffer.js";
import type { TimeRange } from "../align/time-grid.js";
import { requireStamp } from "./sample.js";

/** What header stamps say of a topic's messages. */
export interface TopicStamps {
  readonly range: TimeRange;
  /** Places by which a message arrives late at most, for the reorder buffer. */
  readonly displacement: number;
}

/**
 * Reads the header stamps of all messages of the topics: a pass of its own, as neither the episode's
 * range nor the order of messages is known before. Keeps 8 bytes a message. Topics without messages
 * are left out.
 *
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_FIELD` at the first message without a stamp
 */
export async function scanStamps(
  recording: Recording,
  topics: Iterable<string>,
  signal?: AbortSignal,
): Promise<Map<string, TopicStamps>> {
  const seen = new Map<string, { first: bigint; last: bigint; base: bigint; offsets: number[] }>();
  const options = { topics, ...(signal === undefined ? {} : { signal }) };
  for await (const message of recording.messages(options)) {
    const stamp = requireStamp(recording.decode(message), message);
    const topic = seen.get(message.topic);
    if (topic === undefined) {
      seen.set(message.topic, { first: stamp, last: stamp, base: stamp, offsets: [0] });
      continue;
    }
    if (stamp < topic.first) topic.first = stamp;
    if (stamp > topic.last) topic.last = stamp;
    topic.offsets.push(Number(stamp - topic.base));
  }
  return new Map(
    [...seen].map(([topic, { first, last, offsets }]) => [
      topic,
      { range: { first, last }, displacement: maxDisplacement(Float64Array.from(offsets)) },
    ]),
  );
}
