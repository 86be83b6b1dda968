import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cli } from "./cli.js";
import { CASES, type OracleCase } from "./oracle/cases.js";
import { convertCase } from "./oracle/convert-case.js";
import { convertSegmented } from "./oracle/convert-segmented.js";
import { findPython } from "./oracle/find-python.js";
import { judgeDataset, judgeFailure } from "./oracle/judge.js";

/** What is wrong with a case, nothing if it is as it must be. */
async function runCase(one: OracleCase, python: string): Promise<string[]> {
  const workDir = await mkdtemp(join(tmpdir(), "roboflow-oracle-"));
  try {
    const dataset = join(workDir, "dataset");
    const conversion = one.segmented
      ? await convertSegmented(one, dataset)
      : await convertCase(new Cli(`lmdb:${join(workDir, "store")}`), one, dataset);
    return one.outcome.kind === "failure"
      ? judgeFailure(one.outcome, conversion)
      : await judgeDataset(one, conversion, { python, dataset, workDir });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const found = await findPython(console.log);
  if (found.kind === "unavailable") {
    console.log(`SKIPPED test:oracle: ${found.reason}`);
    return;
  }
  const wanted = process.argv.slice(2);
  const cases = CASES.filter(({ name }) => wanted.every((part) => name.includes(part)));
  let failed = 0;
  for (const one of cases) {
    const start = performance.now();
    const problems = await runCase(one, found.python).catch((error: unknown) => [String(error)]);
    const seconds = ((performance.now() - start) / 1_000).toFixed(1).padStart(5);
    const verdict = problems.length === 0 ? "ok    " : "FAILED";
    console.log(`${verdict} ${one.name.padEnd(32)} ${one.outcome.kind.padEnd(7)} ${seconds} s`);
    for (const problem of problems) console.log(problem.replace(/^/gm, "       "));
    if (problems.length > 0) failed += 1;
  }
  console.log(`${cases.length - failed} passed, ${failed} failed, 0 skipped`);
  if (failed > 0 || cases.length === 0) process.exitCode = 1;
}

await main();
