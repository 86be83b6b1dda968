import type { ReadOptions, Recording, TopicInfo } from "./recording.js";

/** What the log times of a topic tell. */
export interface TopicSummary extends TopicInfo {
  /** From first to last message; undefined without messages. */
  readonly durationSeconds: number | undefined;
  /** Mean, (messages − 1) / duration; undefined with fewer than two, or all at one time. */
  readonly rateHz: number | undefined;
  /** Longest time between two messages in a row; undefined with fewer than two. */
  readonly largestGapSeconds: number | undefined;
}

/** Rates and gaps of every topic, from log times alone: no message is read where there is an index. */
export async function inspectRecording(
  recording: Recording,
  options: Pick<ReadOptions, "signal"> = {},
): Promise<TopicSummary[]> {
  const times = await recording.logTimes(options);
  return [...recording.topics.values()].map((info) => {
    const { firstLogTime: first, lastLogTime: last, messageCount } = info;
    const durationSeconds =
      first === undefined || last === undefined ? undefined : seconds(last - first);
    const hasRate = durationSeconds !== undefined && durationSeconds > 0;
    return {
      ...info,
      durationSeconds,
      rateHz: hasRate ? (messageCount - 1) / durationSeconds : undefined,
      largestGapSeconds: largestGap(times.get(info.topic) ?? new BigUint64Array()),
    };
  });
}

function largestGap(times: BigUint64Array): number | undefined {
  let previous: bigint | undefined;
  let largest: bigint | undefined;
  for (const time of times) {
    if (previous !== undefined && (largest === undefined || time - previous > largest)) {
      largest = time - previous;
    }
    previous = time;
  }
  return largest === undefined ? undefined : seconds(largest);
}

function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9;
}
