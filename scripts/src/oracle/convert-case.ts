import { join } from "node:path";
import type { Cli } from "../cli.js";
import { ROOT } from "../root.js";
import type { OracleCase } from "./cases.js";

export const RECORDINGS = join(ROOT, "fixtures/recordings");

/** What became of a case's jobs. */
export interface Conversion {
  readonly jobs: readonly JobView[];
  /** What the worker printed, for reports of failure. */
  readonly log: string;
}

/** The part of `jobs list --json` that is looked at. */
export interface JobView {
  readonly id: string;
  readonly status: string;
  readonly error?: { readonly message: string; readonly hint?: string };
}

/** Submits the recordings as one batch and lets a worker process convert and publish them. */
export async function convertCase(cli: Cli, one: OracleCase, output: string): Promise<Conversion> {
  await submitCase(cli, one, output);
  const worker = await cli.run("worker", "--drain");
  return { jobs: await jobsOf(cli), log: `${worker.stdout}${worker.stderr}` };
}

/** Submits the recordings as one batch. */
export async function submitCase(cli: Cli, one: OracleCase, output: string): Promise<void> {
  const files = one.recordings.map((file) => join(RECORDINGS, file));
  const config = configOf(one);
  await cli.json(
    "submit",
    ...files,
    "--config",
    config,
    "--output",
    output,
    ...(one.arguments ?? []),
  );
}

export async function jobsOf(cli: Cli): Promise<readonly JobView[]> {
  return ((await cli.json("jobs", "list")) as { jobs: JobView[] }).jobs;
}

/** The config of the first recording. */
export function configOf({ recordings: [first] }: OracleCase): string {
  if (first === undefined) throw new Error("a case without recordings");
  return join(RECORDINGS, first.replace(/\.\w+$/, ".toml"));
}
