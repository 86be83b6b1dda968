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
 * with regions of 64 KiB. While they work every region is split and every leader moved. The
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
    const workers = Promise.all([cli.run("worker", "--drain"), cli.run("worker", "--drain")]);
    const stirred = await stirUntil(server, workers);
    const log = (await workers).map(({ stdout, stderr }) => `${stdout}${stderr}`).join("\n");
    print(`${stirred.splits} regions split and ${stirred.moves} leaders moved meanwhile`);
    if (stirred.splits === 0 || stirred.moves === 0) return [`nothing was stirred\n${log}`];
    const verified = await cli.run("dataset", "verify", dataset);
    if (verified.exitCode !== 0) return [`${verified.stdout}${verified.stderr}\n${log}`];
    if (python === undefined) return [];
    const jobs = await jobsOf(cli);
    return await judgeDataset(CASE, { jobs, log }, { python, dataset, workDir });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Splits and moves one region after the other until `work` is done. */
async function stirUntil(
  server: TikvServer,
  work: Promise<unknown>,
): Promise<{ splits: number; moves: number }> {
  const done = { yet: false };
  const finish = (): void => {
    done.yet = true;
  };
  work.then(finish, finish);
  const count = { splits: 0, moves: 0 };
  for (let turn = 0; !done.yet; turn += 1) {
    const regions = await server.regions();
    const region = regions[turn % regions.length];
    const next = server.stores[turn % server.stores.length];
    if (region === undefined || next === undefined) throw new Error("a cluster without regions");
    if (next.id !== region.leader) {
      await server.transferLeader(region.id, next.id);
      count.moves += 1;
    }
    if (await server.splitInMiddle(region)) count.splits += 1;
    // Not in step with anything; only so that the machine has time for the work itself.
    await Promise.race([work, new Promise((resolve) => setTimeout(resolve, 250))]);
  }
  return count;
}
