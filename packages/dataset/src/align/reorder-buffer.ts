import type { Timed } from "./aligner.js";

/**
 * Puts messages that arrive in another order than their times (header stamps) into order, holding
 * back exactly as many as their disorder needs. Equal times keep their order of arrival.
 */
export class ReorderBuffer<M extends Timed> {
  readonly #horizon: number;
  readonly #held: M[] = [];

  /** @param horizon the most places that a message arrives late, see {@link maxDisplacement} */
  constructor(horizon: number) {
    this.#horizon = horizon;
  }

  /** Takes a message; returns the next in order once it is certain. */
  push(message: M): M | undefined {
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1]?.time ?? -Infinity) > message.time) at--;
    this.#held.splice(at, 0, message);
    return this.#held.length > this.#horizon ? this.#held.shift() : undefined;
  }

  /** The messages still held back, in order; nothing may be pushed after it. */
  drain(): M[] {
    return this.#held.splice(0);
  }
}

/**
 * The most places by which a message arrives later than its rank by time. Unlike a span of time
 * it stays small when a single stamp is far off.
 */
export function maxDisplacement(times: Float64Array): number {
  if (times.every((time, index) => index === 0 || time >= (times[index - 1] ?? time))) return 0;
  const byTime = Array.from(times.keys()).toSorted((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  return byTime.reduce((most, arrival, rank) => Math.max(most, arrival - rank), 0);
}
