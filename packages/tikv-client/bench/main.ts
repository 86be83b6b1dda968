import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { judge, OPERATIONS } from "./goals.js";
import type { Figures } from "./measure.js";
import { Program } from "./program.js";
import { OURS, renderTable, troubles, type Sample } from "./table.js";

/*
 * The workload of `tools/tikv-peers` with our client, client-go and the Rust client, each in its own
 * process on the same server, in turns that rotate. Client and server share the machine's cores: a
 * figure is that of the pair, and only ratios of one run say anything.
 */

const PACKAGE = join(import.meta.dirname, "..");
const ROOT = join(PACKAGE, "../..");

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
    concurrency: { type: "string", default: "1,16,64" },
    only: { type: "string", default: OPERATIONS.join(",") },
    clients: { type: "string", default: `${OURS},client-go,client-rust` },
    // Default: a server of its own for each round.
    pd: { type: "string" },
    connections: { type: "string", default: "1" },
  },
});

/** What `scripts/src/tikv-programs.ts` has built, or why it could not. */
interface Found {
  readonly path?: string;
  readonly missing?: string;
}

interface Client {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function findClients(found: Readonly<Record<string, Found>>): Client[] {
  // Compiled as it is published: what runs TypeScript from source slows functions down.
  run("pnpm", ["exec", "tsc", "-b", "tsconfig.bench.json"], PACKAGE);
  const args = [join(PACKAGE, ".bench/ours.js"), "--connections", flags.connections];
  const clients: Client[] = [{ name: OURS, command: process.execPath, args }];
  for (const name of ["client-go", "client-rust"]) {
    const { path, missing } = found[name] ?? {};
    if (path === undefined) console.log(`${name} is missing: ${missing}`);
    else clients.push({ name, command: path, args: [] });
  }
  const wanted = flags.clients.split(",");
  return clients.filter(({ name }) => wanted.includes(name));
}

async function runRound(
  round: number,
  clients: readonly Client[],
  server: string,
): Promise<Sample[]> {
  const open: AsyncDisposable[] = [];
  try {
    let pd = flags.pd;
    if (pd === undefined) {
      const args = ["-stdin", "-region-size", "0"];
      const { program, ready } = await Program.start<never>(server, args);
      open.push(program);
      ({ pd } = ready as { readonly pd: string });
    }
    return await measureAll(round, clients, pd, open);
  } finally {
    // Clients before the server.
    for (const program of open.toReversed()) await program[Symbol.asyncDispose]();
  }
}

/** @param open gets the programs that it starts */
async function measureAll(
  round: number,
  clients: readonly Client[],
  pd: string,
  open: AsyncDisposable[],
): Promise<Sample[]> {
  const turn = (by: number): Client[] =>
    clients.map((_, i) => clients[(i + by) % clients.length]).filter((one) => one !== undefined);
  const programs = new Map<string, Program<Figures>>();
  // What was loaded last is not yet on disk: the order of loading rotates too.
  for (const { name, command, args } of turn(round)) {
    const given = ["--pd", pd, "--prefix", `bench/${name}/`];
    const { program } = await Program.start<Figures>(command, [...args, ...given]);
    open.push(program);
    programs.set(name, program);
  }
  const samples: Sample[] = [];
  let by = round;
  for (const op of OPERATIONS.filter((name) => flags.only.split(",").includes(name))) {
    for (const concurrency of flags.concurrency.split(",")) {
      for (const { name } of turn((by += 1))) {
        const figures = await programs.get(name)?.ask(`${op} ${concurrency} ${flags.seconds}`);
        if (figures !== undefined) samples.push({ ...figures, round, client: name });
      }
    }
  }
  return samples;
}

async function main(): Promise<void> {
  const tool = join(ROOT, "scripts/src/tikv-programs.ts");
  const found = JSON.parse(run("pnpm", ["exec", "tsx", tool], ROOT)) as Record<string, Found>;
  const server = found["server"];
  if (server?.path === undefined && flags.pd === undefined) {
    console.log(`SKIPPED bench: no server to run against: ${server?.missing}`);
    return;
  }
  const clients = findClients(found);
  const load = (): string =>
    loadavg()
      .map((value) => value.toFixed(2))
      .join(", ");
  console.log(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}`);
  console.log(`load before: ${load()}`);
  if ((loadavg()[0] ?? 0) > cpus().length / 2) {
    console.log("The machine is busy with other work: expect noise, above all in ops/s.");
  }
  const samples: Sample[] = [];
  for (let round = 1; round <= Number(flags.rounds); round += 1) {
    samples.push(...(await runRound(round, clients, server?.path ?? "")));
    console.log(`round ${round} of ${flags.rounds} done, load ${load()}`);
  }
  console.log(`\n${renderTable(samples)}\n`);
  for (const line of troubles(samples)) console.log(line);
  const others = clients.map(({ name }) => name).filter((name) => name !== OURS);
  const verdicts = judge(samples, others);
  for (const { line, reached } of verdicts) console.log(`${reached ? "ok  " : "FAIL"} ${line}`);
  console.log(`load after: ${load()}`);
  if (verdicts.some(({ reached }) => !reached)) process.exitCode = 1;
}

await main();
