import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../root.js";
import { runCommand } from "../run-command.js";
import type { OracleCase, Outcome } from "./cases.js";
import { RECORDINGS, type Conversion } from "./convert-case.js";
import { joinExpectations, type Expectation } from "./expectation.js";

const CHECK = join(ROOT, "tools/lerobot-oracle/check_dataset.py");

/** The part of the oracle's report that is looked at. */
interface OracleReport {
  readonly checks: readonly { name: string; ok: boolean; problems?: readonly string[] }[];
}

/** Whether jobs failed as they must: every name is in an error. Gives what is wrong. */
export function judgeFailure(
  { names }: Extract<Outcome, { kind: "failure" }>,
  { jobs, log }: Conversion,
): string[] {
  const errors = jobs.map(({ error }) => `${error?.message ?? ""} ${error?.hint ?? ""}`).join("\n");
  if (jobs.length === 0 || jobs.some(({ status }) => status !== "Failed")) {
    return [`expected Failed jobs, got ${jobs.map(({ status }) => status).join(", ")}\n${log}`];
  }
  return names
    .filter((name) => (typeof name === "string" ? !errors.includes(name) : !name.test(errors)))
    .map((name) => `the error does not name ${String(name)}: ${errors}`);
}

/** Lets lerobot judge a dataset by what its recordings must give; `workDir` takes scratch files. */
export async function judgeDataset(
  one: OracleCase,
  { jobs, log }: Conversion,
  { python, dataset, workDir }: { python: string; dataset: string; workDir: string },
): Promise<string[]> {
  if (jobs.length === 0 || jobs.some(({ status }) => status !== "Completed")) {
    const errors = jobs.map(({ status, error }) => `${status} ${error?.message ?? ""}`);
    return [`expected Completed jobs, got ${errors.join("; ")}\n${log}`];
  }
  const expected = joinExpectations(await Promise.all(one.recordings.map(readExpectation)));
  const expectPath = join(workDir, "expected.json");
  await writeFile(expectPath, JSON.stringify(expected));
  const args = [CHECK, dataset, "--expect", expectPath, "--strict-image-std"];
  const { exitCode, stdout, stderr } = await runCommand(python, args, { cwd: workDir });
  if (exitCode === 0) return [];
  return [failedChecks(stdout) ?? `the oracle ended with ${exitCode}\n${stdout}${stderr}\n${log}`];
}

/** The failed checks of a report in lines, undefined if it is no report. */
function failedChecks(stdout: string): string | undefined {
  try {
    const { checks } = JSON.parse(stdout) as OracleReport;
    return checks
      .filter(({ ok }) => !ok)
      .map(({ name, problems = [] }) => `${name}: ${problems.join("; ")}`)
      .join("\n");
  } catch {
    return undefined;
  }
}

async function readExpectation(recording: string): Promise<Expectation> {
  const path = join(RECORDINGS, recording.replace(/\.\w+$/, ".expected.json"));
  return JSON.parse(await readFile(path, "utf8")) as Expectation;
}
