import type { BenchProcess } from "./bench-process.js";
import { spread } from "./side.js";

export interface RunFigures {
  /** Jobs a second. */
  readonly submitRate: number;
  /** Milliseconds. */
  readonly claimP50: number;
  readonly claimP99: number;
  /** Claims that another overtook and that looked again, for each that gave a job. */
  readonly conflicts: number;
  /** Jobs a second from the first submit to the last completion. */
  readonly lifeCycleRate: number;
}

/** Submits jobs by one process, and has the loops of all processes claim and complete them. */
export async function run(
  processes: readonly BenchProcess[],
  queue: string,
  { jobs, loops }: { readonly jobs: number; readonly loops: number },
): Promise<RunFigures> {
  const [first] = processes;
  const submitted = await first?.ask({ kind: "submit", queue, jobs });
  if (submitted?.kind !== "submitted") throw new Error("The submit was not answered");
  const start = performance.now();
  const shares = spread(loops);
  const answers = await Promise.all(
    processes.flatMap((process, index) => {
      const share = shares[index] ?? 0;
      return share === 0 ? [] : [process.ask({ kind: "drain", queue, loops: share })];
    }),
  );
  const drainMs = performance.now() - start;
  const drained = answers.flatMap((answer) => (answer.kind === "drained" ? [answer] : []));
  const claims = drained.flatMap(({ claimMs }) => [...claimMs]).sort((a, b) => a - b);
  if (claims.length !== jobs) throw new Error(`${claims.length} of ${jobs} jobs were done`);
  const at = (part: number): number => claims[Math.floor((jobs - 1) * part)] ?? Number.NaN;
  return {
    submitRate: (jobs * 1_000) / submitted.ms,
    claimP50: at(0.5),
    claimP99: at(0.99),
    conflicts: sum(drained.map(({ conflicts }) => conflicts)) / jobs,
    lifeCycleRate: (jobs * 1_000) / (submitted.ms + drainMs),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
