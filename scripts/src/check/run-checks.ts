/** One part of `pnpm check`: resolves to what is wrong, nothing if all is well. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<readonly string[]>;
}

/** Runs all checks in order, also after one has failed, and tells whether all passed. */
export async function runChecks(
  checks: readonly Check[],
  print: (line: string) => void,
): Promise<boolean> {
  const failed: string[] = [];
  for (const { name, run } of checks) {
    const start = performance.now();
    const problems = await run().catch((error: unknown) => [
      error instanceof Error ? error.message : String(error),
    ]);
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    print(`${problems.length === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    for (const problem of problems) print(problem.replace(/^/gm, "       "));
    if (problems.length > 0) failed.push(name);
  }
  print(failed.length === 0 ? "All checks passed." : `Failed: ${failed.join(", ")}.`);
  return failed.length === 0;
}
