const words = new Uint32Array(2);
const whole = new BigUint64Array(words.buffer);
// Which word is the low one depends on the machine.
whole[0] = 1n;
const LOW = words[0] === 1 ? 0 : 1;

/** The halves of the u64 last taken apart by `split`: bigint arithmetic would allocate for each. */
export const halves = { low: 0, high: 0 };

export function split(value: bigint): void {
  whole[0] = value;
  halves.low = words[LOW] ?? 0;
  halves.high = words[1 - LOW] ?? 0;
}

/** Two unsigned 32-bit halves as one u64. */
export function join(low: number, high: number): bigint {
  words[LOW] = low;
  words[1 - LOW] = high;
  return whole[0] ?? 0n;
}
