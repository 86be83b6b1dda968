import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { JobQueue, TikvClient } from "@roboflow/distributed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killHard } from "./support/processes.js";
import { startRoboflow } from "./support/roboflow.js";
import { Workspace } from "./support/workspace.js";

/** Many transactions of a submit. */
const JOBS = 3_000;
const CONFIG = `[dataset]
name = "robot"
fps = 30
[[mappings]]
topic = "/joint_states"
feature = "observation.state"
`;

describe("a long submission that kill -9 broke off", () => {
  let workspace: Workspace;
  const args = ["--manifest", "jobs.jsonl", "--config", "robot.toml", "--output", "out", "--json"];
  beforeAll(async () => {
    workspace = await Workspace.create();
    await writeFile(workspace.path("robot.toml"), CONFIG);
    await mkdir(workspace.path("runs"));
    const sources = Array.from({ length: JOBS }, (_, run) => `runs/${run}.mcap`);
    for (const source of sources) await writeFile(workspace.path(source), "");
    const lines = sources.map((source) => JSON.stringify({ source }));
    await writeFile(workspace.path("jobs.jsonl"), lines.join("\n"));
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  it("goes on where it stopped: the same command makes one batch of each job once", async () => {
    const broken = startRoboflow(["submit", ...args], {
      cwd: workspace.directory,
      env: { ROBOFLOW_STORE: workspace.store },
    });
    if (broken.stdout === null) throw new Error("no output");
    // Jobs are printed as they are stored.
    await once(broken.stdout, "data");
    await killHard(broken);

    const { code, stdout, stderr } = await workspace.run(["submit", ...args]);
    expect(code, stderr).toBe(0);
    const { batchId, jobs, counts } = JSON.parse(stdout);
    expect(new Set(jobs.map(({ jobId }: { jobId: string }) => jobId)).size).toBe(JOBS);
    expect(counts.known.Pending).toBeGreaterThan(0);
    expect(counts.known.Pending + counts.created).toBe(JOBS);

    await using client = await TikvClient.open(workspace.store);
    const queue = new JobQueue(client.store);
    expect((await queue.listBatches()).batches).toMatchObject([
      { id: batchId, status: "Sealed", jobCount: JOBS },
    ]);
    expect(await queue.stats()).toMatchObject({ Pending: JOBS });
    let configs = 0;
    for await (const _ of client.listConfigs()) configs += 1;
    expect(configs).toBe(1);
  });
});
