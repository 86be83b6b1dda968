import type { JobView } from "../oracle/convert-case.js";

/** The part of `jobs list --json` that tells who did what. */
export interface AttemptedJob extends JobView {
  readonly source: { readonly url: string };
  readonly attempts: readonly { readonly worker: string; readonly outcome: string }[];
}

/** A line for each job: its recording, and which workers had it. */
export function describeAttempts(
  jobs: readonly AttemptedJob[],
  names: ReadonlyMap<string, string>,
): string[] {
  return jobs.map(({ source, attempts }) => {
    const tries = attempts.map(
      ({ worker, outcome }) => `${names.get(worker) ?? worker} ${outcome}`,
    );
    return `  ${source.url}: ${tries.join(", then ")}`;
  });
}
