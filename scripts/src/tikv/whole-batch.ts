import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cli } from "../cli.js";
import { CASES } from "../oracle/cases.js";
import { jobsOf, submitCase } from "../oracle/convert-case.js";
import { judgeDataset } from "../oracle/judge.js";
import { startServer, type TikvServer } from "./start-server.js";

/** Three recordings that become one dataset. */
const CASE = CASES.find(({ recordings }) => recordings.length === 3);

/**
 * A batch through `tikv://`: submitted by one process, converted by two others, on three stores
 * with regions of 64 KiB. While they work regions are split between the batch's records and leaders moved. The
 * dataset must satisfy this project's own check, and lerobot's where there is a `python` with it.
 * @returns what is wrong, nothing if all is well
 */
export async function runWholeBatch(
  programs: string,
  python: string | undefined,
  print: (line: string) => void,
): Promise<string[]> {
  if (CASE === undefined) throw new Error("no case of three recordings");
  const workDir = await mkdtemp(join(tmpdir(), "roboflow-tikv-"));
  await using server = await startServer(programs, { stores: 3, regionSize: 64 * 1024 });
  try {
    const cli = new Cli(`tikv://${server.pd}`);
    const dataset = join(workDir, "dataset");
    await submitCase(cli, CASE, dataset);
    const points = await splitPoints(cli);
    const workers = Promise.all([cli.run("worker", "--drain"), cli.run("worker", "--drain")]);
    const stirred = await stirUntil(server, points, workers);
    const log = (await workers).map(({ stdout, stderr }) => `${stdout}${stderr}`).join("\n");
    print(`${stirred.splits} regions split and ${stirred.moves} leaders moved meanwhile`);
    if (stirred.splits < points.length)
      return [`only ${stirred.splits} of ${points.length} splits were made in time\n${log}`];
    const verified = await cli.run("dataset", "verify", dataset);
    if (verified.exitCode !== 0) return [`${verified.stdout}${verified.stderr}\n${log}`];
    if (python === undefined) return [];
    const jobs = await jobsOf(cli);
    return await judgeDataset(CASE, { jobs, log }, { python, dataset, workDir });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Where the batch's own records lie, so that each split cuts between them. */
async function splitPoints(cli: Cli): Promise<string[]> {
  const jobs = await jobsOf(cli);
  const perJob = jobs.flatMap(({ id }) => [`jobs/${id}`, `jobs/${id}~`]);
  return ["batches/", "configs/", "owned/", "ready/", "status/", "workers/", ...perJob].map(
    (key) => `/roboflow/v1/${key}`,
  );
}

/** Splits at all points and moves leaders around until `work` is done. */
async function stirUntil(
  server: TikvServer,
  points: readonly string[],
  work: Promise<unknown>,
): Promise<{ splits: number; moves: number }> {
  const state = { done: false, splits: 0, moves: 0 };
  const finish = (): void => {
    state.done = true;
  };
  work.then(finish, finish);
  for (let turn = 0; !state.done; turn += 1) {
    const point = points[turn];
    if (point !== undefined) {
      await server.split(point);
      state.splits += 1;
    }
    const regions = await server.regions();
    const region = regions[turn % regions.length];
    const target = server.stores.find(({ id }) => id !== region?.leader_store);
    if (region === undefined || target === undefined) throw new Error("nothing to move");
    await server.moveLeader(region.id, target.id);
    state.moves += 1;
    // Leaves the machine to the work itself for a while.
    await Promise.race([work, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  return state;
}
