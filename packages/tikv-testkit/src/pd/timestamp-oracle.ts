import { timestampOf } from "@roboflow/tikv-proto";
import type { TestClock } from "../clock/test-clock.js";

/** Room of the logical part: 18 bits. */
const MAX_LOGICAL = 2 ** 18 - 1;

/** How many timestamps one request may ask for. */
export function isBatchSize(count: number): boolean {
  return count > 0 && count < MAX_LOGICAL;
}

/** Of `count` timestamps with the same physical part, the last; the others end right before it. */
export interface TimestampBatch {
  readonly physical: number;
  readonly logical: number;
}

/** Hands out timestamps, each above all before it, whatever the clock does. */
export class TimestampOracle {
  #physical = 0;
  #logical = 0;

  constructor(private readonly clock: TestClock) {}

  /** @param count see `isBatchSize` */
  next(count: number): TimestampBatch {
    const now = Math.trunc(this.clock.now());
    if (now > this.#physical) {
      this.#physical = now;
      this.#logical = 0;
    }
    if (this.#logical + count > MAX_LOGICAL) {
      this.#physical += 1;
      this.#logical = 0;
    }
    this.#logical += count;
    return { physical: this.#physical, logical: this.#logical };
  }

  nextTimestamp(): bigint {
    const { physical, logical } = this.next(1);
    return timestampOf(BigInt(physical), BigInt(logical));
  }
}
