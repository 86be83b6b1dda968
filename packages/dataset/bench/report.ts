/** Prints a result against its limit; the process fails if it is above. */
export function report(what: string, value: number, limit: number): void {
  const passed = value <= limit;
  if (!passed) process.exitCode = 1;
  console.log(`${passed ? "ok  " : "FAIL"} ${what}: ${value.toFixed(2)} (at most ${limit})`);
}
