import type { Aligner, FrameSink, Timed } from "./aligner.js";
import type { TimeGrid } from "./time-grid.js";

/** `hold` and `nearest`: each message serves one run of frames, which ends where the next's begins. */
export class StepAligner<M extends Timed> implements Aligner<M> {
  readonly #sync: "hold" | "nearest";
  readonly #grid: TimeGrid;
  readonly #sink: FrameSink<M>;
  #latest: M | undefined;
  #next = 0;

  constructor(sync: "hold" | "nearest", grid: TimeGrid, sink: FrameSink<M>) {
    this.#sync = sync;
    this.#grid = grid;
    this.#sink = sink;
  }

  get decided(): number {
    return this.#next;
  }

  push(message: M): void {
    this.#decideUntil(this.#firstFrameOf(message));
    this.#latest = message;
  }

  finish(): void {
    this.#decideUntil(this.#grid.frames);
  }

  /** The first frame that takes `message` rather than the one before it. */
  #firstFrameOf(message: M): number {
    if (this.#sync === "hold") return this.#grid.firstFrameFrom(message.time);
    if (this.#latest === undefined) return 0;
    // Past the middle; on it the earlier message wins.
    return this.#grid.firstFrameFrom(Math.floor((this.#latest.time + message.time) / 2) + 1);
  }

  #decideUntil(end: number): void {
    const from = this.#next;
    if (end <= from) return;
    this.#next = end;
    if (this.#latest === undefined) this.#sink.none(from, end);
    else this.#sink.take(this.#latest, from, end);
  }
}
