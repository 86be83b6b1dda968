const NANOSECONDS = 1_000_000_000n;

/** Nanoseconds since the epoch as seconds with all nine decimals, for messages: `1760000000.000633439 s`. */
export function describeTime(time: bigint): string {
  const seconds = time / NANOSECONDS;
  return `${seconds}.${String(time % NANOSECONDS).padStart(9, "0")} s`;
}

/** A number of nanoseconds as milliseconds, for messages: `33.3 ms`. */
export function describeSpan(nanoseconds: number): string {
  const milliseconds = nanoseconds / 1e6;
  return `${milliseconds >= 100 ? Math.round(milliseconds) : Number(milliseconds.toPrecision(3))} ms`;
}
