import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Fault } from "../faults/fault.js";
import type { ChaosOptions } from "../options.js";
import type { Program } from "../program/program.js";
import { openSite } from "../site/open-site.js";
import type { SiteKind } from "../site/site.js";
import { startServer } from "../store-server/start-server.js";
import { Figures } from "./figures.js";
import { runScenario } from "./scenario.js";
import { Undisturbed } from "./undisturbed.js";

export interface SeedRun {
  readonly program: Program;
  /** Scenarios get their directories here; those that failed keep them. */
  readonly directory: string;
  /** See `writeRecordings`. */
  readonly recordings: string;
  readonly print: (line: string) => void;
}

export interface SeedTotals {
  readonly scenarios: number;
  readonly failed: readonly number[];
  readonly figures: Figures;
}

/** Runs one scenario for each seed, some at once. */
export async function runSeeds(options: ChaosOptions, run: SeedRun): Promise<SeedTotals> {
  const end = performance.now() + options.limitMs;
  const figures = new Figures();
  const failed: number[] = [];
  const { program, recordings } = run;
  const undisturbed = new Undisturbed({
    program,
    recordings,
    directory: join(run.directory, "undisturbed"),
  });
  let done = 0;
  let next = options.from;
  const last = options.from + options.seeds;
  const work = async (): Promise<void> => {
    while (next < last && performance.now() < end) {
      const seed = next;
      next += 1;
      const result = await runSeed(seed, options, run, undisturbed);
      done += 1;
      figures.addAll(result.figures);
      if (result.differences.length > 0) failed.push(seed);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, work));
  return { scenarios: done, failed: failed.sort((a, b) => a - b), figures };
}

async function runSeed(
  seed: number,
  options: ChaosOptions,
  { program, directory: parent, recordings, print }: SeedRun,
  undisturbed: Undisturbed,
): Promise<{ readonly figures: Figures; readonly differences: readonly string[] }> {
  const { fault, site: siteKind } = plan(seed, options);
  const name = `seed ${seed} ${fault.name} on ${options.server}, ${siteKind}`;
  const directory = join(parent, `seed-${seed}`);
  const start = performance.now();
  await mkdir(directory, { recursive: true });
  const result = await (async () => {
    await using server = await startServer(options.server, {
      program: program.directory,
      directory,
      goPrograms: options.goPrograms,
    });
    const config = join(recordings, "robot.toml");
    const place = { directory, config, undisturbed };
    await using site = await openSite(siteKind, {
      program: program.directory,
      directory,
      recordings,
    });
    return await runScenario({ seed, fault, program, server, site, ...place });
  })().catch((error: unknown) => ({
    figures: new Figures(),
    differences: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  }));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const { figures, differences } = result;
  const verdict = differences.length === 0 ? "ok" : `${differences.length} DIFFERENCES`;
  print(`${name}: ${verdict} in ${seconds} s (${figures.toString()})`);
  for (const difference of differences) print(`  ${difference}`);
  if (differences.length > 0) print(`  its files: ${directory}`);
  else if (!options.keep) await rm(directory, { recursive: true, force: true });
  return result;
}

/** Each seed has its fault and its place, whatever others run beside it. */
function plan(seed: number, { faults, sites }: ChaosOptions): { fault: Fault; site: SiteKind } {
  const round = Math.floor((seed - 1) / faults.length);
  const place = (seed - 1) % faults.length;
  const fault = faults[place];
  const possible = sites.filter((kind) => fault?.sites?.includes(kind) ?? true);
  // The next round of the faults begins with the other place.
  const site = possible[(round + place) % possible.length];
  if (fault === undefined || site === undefined) throw new Error("there is no fault to inflict");
  return { fault, site };
}
