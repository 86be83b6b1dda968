import { parseArgs } from "node:util";
import { explore } from "./explore.js";
import type { Label } from "./state.js";

/*
 * Explores the model of the protocol: `--full` for 3 workers and 3 jobs, which takes minutes, else as
 * large as `pnpm test` does it.
 */

const { values: flags } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    workers: { type: "string" },
    jobs: { type: "string" },
    finalizers: { type: "string", default: "2" },
    /** Or `any`. */
    faults: { type: "string", default: "1" },
    decisions: { type: "string", default: "1" },
  },
});

const size = {
  workers: Number(flags.workers ?? (flags.full ? 3 : 2)),
  jobs: Number(flags.jobs ?? (flags.full ? 3 : 2)),
  finalizers: Number(flags.finalizers),
  budget: { faults: count(flags.faults), decisions: count(flags.decisions) },
};
const start = performance.now();
const seconds = (): string => ((performance.now() - start) / 1_000).toFixed(1);
const { states, steps, depth, violation } = explore(size, new Set(), (count, level) => {
  if (level % 5 === 0) console.log(`depth ${level}: ${count} states, ${seconds()} s`);
});
console.log(
  `${size.workers} workers, ${size.jobs} jobs, ${size.finalizers} finalizers: ${states} states, ${steps} steps, depth ${depth}, ${seconds()} s`,
);
if (violation === undefined) console.log("ok   every invariant holds in every state");
else {
  console.log(`FAIL ${violation.problem}:`);
  for (const label of violation.trace) console.log(`  ${describe(label)}`);
  process.exitCode = 1;
}

function describe({ actor, kind, job, part, lost }: Label): string {
  const object = job === undefined ? "" : ` job ${job}`;
  const how = lost === true ? ", answer lost" : part === undefined ? "" : `, ${part}`;
  return `${actor}: ${kind}${object}${how}`;
}

function count(flag: string): number | undefined {
  return flag === "any" ? undefined : Number(flag);
}
