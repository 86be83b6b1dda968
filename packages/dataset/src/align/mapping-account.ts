import type { TopicReport } from "../episode/topic-report.js";
import { DatasetError } from "../error.js";
import { quantile } from "../stats/quantiles.js";
import type { FrameSink, Timed } from "./aligner.js";
import { describeSpan, describeTime } from "./describe-time.js";
import type { TimeGrid } from "./time-grid.js";

/** What a mapping does with a frame that has no message, or only one further away than `maxAge`. */
export interface GapPolicy {
  readonly topic: string;
  readonly feature: string;
  /** Nanoseconds; undefined for no limit. */
  readonly maxAge: number | undefined;
  /** No message at all: an error, or the mapping's fill. */
  readonly missing: "fail" | "fill";
  /** Too far away: an error, the message all the same, or the mapping's fill. */
  readonly stale: "fail" | "repeat" | "fill";
}

/**
 * Stands between an aligner and what writes the frames: enforces the gap policy and counts what
 * became of the messages. Keeps 8 bytes a frame, so that percentiles are exact.
 */
export class MappingAccount<M extends Timed> implements FrameSink<M> {
  readonly #policy: GapPolicy;
  readonly #grid: TimeGrid;
  readonly #sink: FrameSink<M>;
  readonly #skews: Float64Array;
  #decided = 0;
  #used = 0;
  #lastUsed: M | undefined;
  #held = 0;
  #interpolated = 0;
  #stale = 0;
  #filled = 0;

  constructor(policy: GapPolicy, grid: TimeGrid, sink: FrameSink<M>) {
    this.#policy = policy;
    this.#grid = grid;
    this.#sink = sink;
    this.#skews = new Float64Array(grid.frames);
  }

  take(message: M, from: number, to: number): void {
    // Runs of frames that are fresh, or take it though it is stale, stay together: one write each.
    let start = from;
    let taken = 0;
    for (let frame = from; frame < to; frame++) {
      const skew = Math.abs(this.#grid.offset(frame) - message.time);
      if (!this.#isUsable(skew, frame)) {
        if (frame > start) this.#sink.take(message, start, frame);
        this.#fill(frame, frame + 1);
        start = frame + 1;
        continue;
      }
      this.#recordSkew(skew);
      taken++;
    }
    if (to > start) this.#sink.take(message, start, to);
    if (taken === 0) return;
    this.#use(message);
    this.#held += taken - 1;
  }

  blend(before: M, after: M, frame: number, weight: number): void {
    const offset = this.#grid.offset(frame);
    const skew = Math.min(offset - before.time, after.time - offset);
    if (!this.#isUsable(skew, frame)) return this.#fill(frame, frame + 1);
    this.#recordSkew(skew);
    // `after` counts now; as the next pair's `before` it is known already.
    if (this.#lastUsed !== after) this.#use(before);
    this.#use(after);
    this.#interpolated++;
    this.#sink.blend(before, after, frame, weight);
  }

  none(from: number, to: number): void {
    if (this.#policy.missing === "fail")
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_GAP",
        `topic ${this.#policy.topic}: no message for ${this.#describeFrame(from)}`,
      );
    this.#fill(from, to);
  }

  /** The account so far; `messages` is their number in the recording. */
  report(messages: number): TopicReport {
    const skews = this.#skews.subarray(0, this.#decided).toSorted();
    const percentile = (q: number): number =>
      skews.length === 0 ? 0 : quantile(q, skews.length, (rank) => skews[rank] ?? NaN) / 1e6;
    return {
      topic: this.#policy.topic,
      feature: this.#policy.feature,
      messages,
      used: this.#used,
      dropped: messages - this.#used,
      held: this.#held,
      interpolated: this.#interpolated,
      stale: this.#stale,
      filled: this.#filled,
      skewMs: { p50: percentile(0.5), p95: percentile(0.95), max: percentile(1) },
    };
  }

  /** Whether the frame takes a message this far away; counts it, and throws where the policy says so. */
  #isUsable(skew: number, frame: number): boolean {
    const { maxAge, stale, topic } = this.#policy;
    if (maxAge === undefined || skew <= maxAge) return true;
    if (stale === "fail")
      throw new DatasetError(
        "ERR_ROBOFLOW_DATASET_GAP",
        `topic ${topic}: the message for ${this.#describeFrame(frame)} is ${describeSpan(skew)} away, more than max_age_ms allows (${describeSpan(maxAge)})`,
        {
          hint: 'Cut the recording, raise max_age_ms of this mapping, or accept it with on_gap = "repeat".',
        },
      );
    this.#stale++;
    return stale === "repeat";
  }

  #describeFrame(frame: number): string {
    const seconds = (this.#grid.offset(frame) / 1e9).toFixed(3);
    return `frame ${frame} at ${describeTime(this.#grid.time(frame))} (${seconds} s into the episode)`;
  }

  #recordSkew(skew: number): void {
    this.#skews[this.#decided++] = skew;
  }

  #use(message: M): void {
    if (this.#lastUsed === message) return;
    this.#lastUsed = message;
    this.#used++;
  }

  #fill(from: number, to: number): void {
    this.#filled += to - from;
    this.#sink.none(from, to);
  }
}
