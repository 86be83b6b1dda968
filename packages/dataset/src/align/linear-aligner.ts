import type { Aligner, FrameSink, Timed } from "./aligner.js";
import type { TimeGrid } from "./time-grid.js";

/** `linear`: a frame between two messages blends them; before the first and after the last it clamps. */
export class LinearAligner<M extends Timed> implements Aligner<M> {
  readonly #grid: TimeGrid;
  readonly #sink: FrameSink<M>;
  #latest: M | undefined;
  #next = 0;

  constructor(grid: TimeGrid, sink: FrameSink<M>) {
    this.#grid = grid;
    this.#sink = sink;
  }

  get decided(): number {
    return this.#next;
  }

  push(message: M): void {
    const before = this.#latest;
    const end = this.#grid.firstFrameFrom(message.time);
    // Clamped frames wait for `finish` or the next message, so that each message is taken once.
    if (before !== undefined) this.#decideBetween(before, message, end);
    this.#latest = message;
  }

  finish(): void {
    const from = this.#next;
    const end = this.#grid.frames;
    if (from === end) return;
    this.#next = end;
    if (this.#latest === undefined) this.#sink.none(from, end);
    else this.#sink.take(this.#latest, from, end);
  }

  #decideBetween(before: M, after: M, end: number): void {
    // Frames up to the earlier message: only the first message of all still has some.
    const clamped = Math.min(this.#grid.firstFrameFrom(before.time + 1), end);
    if (clamped > this.#next) {
      this.#sink.take(before, this.#next, clamped);
      this.#next = clamped;
    }
    for (; this.#next < end; this.#next++) {
      const weight = (this.#grid.offset(this.#next) - before.time) / (after.time - before.time);
      this.#sink.blend(before, after, this.#next, weight);
    }
  }
}
