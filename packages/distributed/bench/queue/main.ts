import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, hostname, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bossSide } from "./boss-side.js";
import { findGoServer, GoServer } from "./go-server.js";
import { judge } from "./goals.js";
import { oursSide } from "./ours-side.js";
import { findPostgres, Postgres } from "./postgres.js";
import { run } from "./run.js";
import type { Side } from "./side.js";
import { renderFigures, type Sample } from "./table.js";

/*
 * Our queue on LMDB, pg-boss on PostgreSQL and our queue on the Go test server of TiKV: trivial jobs through submit, claim and complete, in turns. Queues, stores and bench share the machine's
 * cores and disk: a figure is that of all of them, and only ratios of one run say anything.
 */

const PACKAGE = join(import.meta.dirname, "../..");

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    loops: { type: "string", default: "1,8,64" },
    finished: { type: "string", default: "0,10000,1000000" },
    /** Jobs of a run, for each of `loops`. */
    jobs: { type: "string", default: "500,1000,2000" },
    "tikv-finished": { type: "string", default: "0,100000" },
    lmdb: { type: "boolean", default: true },
    peer: { type: "boolean", default: true },
    tikv: { type: "boolean", default: true },
    directory: { type: "string", default: tmpdir() },
  },
  allowNegative: true,
});

const numbers = (list: string): number[] => list.split(",").map(Number);
const print = (line: string): void => console.log(line);

async function startSides(directory: string, open: AsyncDisposable[]): Promise<Side[]> {
  const finished = numbers(flags.finished);
  const sides: Side[] = [];
  const add = async (starting: Promise<Side>): Promise<void> => {
    const side = await starting;
    open.push(side);
    sides.push(side);
  };
  if (flags.lmdb) {
    await add(
      oursSide({
        name: "LMDB",
        url: async (count) => `lmdb:${join(directory, `store-${count}`)}`,
        finished,
        perTransaction: 5_000,
        print,
      }),
    );
  }
  const postgres = findPostgres();
  if (!flags.peer) print("SKIPPED pg-boss: not wanted");
  else if (postgres.kind === "missing") print(`SKIPPED pg-boss: ${postgres.reason}`);
  else {
    const server = await Postgres.start(postgres.bin, join(directory, "postgres"));
    open.push(server);
    print(`${postgres.version}, fsync and synchronous_commit on`);
    await add(bossSide(server, finished));
  }
  if (flags.tikv) await add(tikvSide(open));
  return sides;
}

/** A server of its own for each kind of fullness. */
async function tikvSide(open: AsyncDisposable[]): Promise<Side> {
  const found = findGoServer();
  if (found.kind === "missing") print(`SKIPPED our queue on TiKV: ${found.reason}`);
  return oursSide({
    name: "TiKV",
    url: async () => {
      if (found.kind === "missing") throw new Error(found.reason);
      const server = await GoServer.start(found.program);
      open.push(server);
      return `tikv://${server.pd}`;
    },
    finished: found.kind === "missing" ? [] : numbers(flags["tikv-finished"]),
    perTransaction: 500,
    print,
  });
}

async function measure(sides: readonly Side[]): Promise<Sample[]> {
  const samples: Sample[] = [];
  const counts = numbers(flags.jobs);
  const levels = [...new Set([...numbers(flags.finished), ...numbers(flags["tikv-finished"])])];
  let turn = 0;
  for (let round = 1; round <= Number(flags.rounds); round += 1) {
    for (const [index, loops] of numbers(flags.loops).entries()) {
      for (const finished of levels) {
        turn += 1;
        const order = sides.map((_, at) => sides[(at + turn) % sides.length]);
        for (const side of order) {
          const queue = side?.address(finished);
          if (side === undefined || queue === undefined) continue;
          const jobs = counts[index] ?? counts[0] ?? 0;
          const figures = await run(side.processes, queue, { jobs, loops });
          samples.push({ ...figures, side: side.name, round, loops, finished });
          await side.forget(queue);
        }
      }
    }
    print(`round ${round} of ${flags.rounds} done, load ${(loadavg()[0] ?? 0).toFixed(2)}`);
  }
  return samples;
}

async function main(): Promise<void> {
  // Compiled as it is published: what runs TypeScript from source slows functions down.
  const built = spawnSync("pnpm", ["exec", "tsc", "-b", "tsconfig.build.json"], {
    cwd: PACKAGE,
    stdio: "inherit",
  });
  if (built.status !== 0) throw new Error("The package does not compile");
  print(`${hostname()}: ${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}`);
  print(`load before: ${(loadavg()[0] ?? 0).toFixed(2)}`);
  const directory = await mkdtemp(join(flags.directory, "roboflow-queue-bench-"));
  // PostgreSQL runs as another user.
  await chmod(directory, 0o755);
  const open: AsyncDisposable[] = [];
  try {
    const samples = await measure(await startSides(directory, open));
    print(`\n${renderFigures(samples)}\n`);
    const verdicts = judge(samples);
    for (const { line, reached } of verdicts) print(`${reached ? "ok  " : "FAIL"} ${line}`);
    if (verdicts.some(({ reached }) => !reached)) process.exitCode = 1;
  } finally {
    // Processes before their servers.
    for (const each of open.toReversed()) await each[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  }
}

await main();
