import { asNumber, isFields, valueAt } from "./access.js";

const NANOSECONDS = 1_000_000_000n;

/**
 * A time in a message as nanoseconds since the epoch: `builtin_interfaces/Time` (`sec`, `nanosec`),
 * or a number of seconds. Undefined for anything else.
 */
export function readTime(value: unknown): bigint | undefined {
  if (isFields(value)) {
    const seconds = asNumber(value["sec"]);
    const nanoseconds = asNumber(value["nanosec"] ?? value["nsec"]);
    if (seconds === undefined || nanoseconds === undefined) return undefined;
    return BigInt(seconds) * NANOSECONDS + BigInt(nanoseconds);
  }
  const seconds = asNumber(value);
  if (seconds === undefined || !Number.isFinite(seconds)) return undefined;
  const whole = Math.floor(seconds);
  return BigInt(whole) * NANOSECONDS + BigInt(Math.round((seconds - whole) * 1e9));
}

/** The message's `header.stamp`; undefined if it has no header, or an unset (zero) stamp. */
export function headerStamp(message: unknown): bigint | undefined {
  const stamp = readTime(valueAt(message, ["header", "stamp"]));
  return stamp === 0n ? undefined : stamp;
}
