import type { ChildProcess } from "node:child_process";
import { JobQueue, openStore } from "@roboflow/distributed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { datasetDigest } from "./support/dataset-digest.js";
import { childrenOf, killHard } from "./support/processes.js";
import { startRoboflow } from "./support/roboflow.js";
import { until } from "./support/until.js";
import { Workspace } from "./support/workspace.js";

const RECORDINGS = [0, 1, 2].map((index) => `12_episode_${index}.mcap`);
/** Short, so that a test need not wait two minutes for a dead worker's jobs. */
const LEASE = ["--lease", "2", "--heartbeat", "0.5"];

describe("kill -9 in the middle changes nothing", { timeout: 180_000 }, () => {
  let workspace: Workspace;
  let store: Awaited<ReturnType<typeof openStore>>;
  let queue: JobQueue;
  let worker: ChildProcess;

  beforeEach(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture(...RECORDINGS, "12_episode_0.toml");
    store = await openStore(workspace.store);
    queue = new JobQueue(store);
  });
  afterEach(async () => {
    worker.kill("SIGKILL");
    await store.close();
    await workspace[Symbol.asyncDispose]();
  });

  async function submit(output: string): Promise<string> {
    const args = [
      "submit",
      ...RECORDINGS,
      "--config",
      "12_episode_0.toml",
      "--output",
      output,
      "--json",
    ];
    const { code, stdout, stderr } = await workspace.run(args);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout).batchId;
  }

  function startWorker(): ChildProcess {
    worker = startRoboflow(["worker", ...LEASE], {
      cwd: workspace.directory,
      env: { ROBOFLOW_STORE: workspace.store },
    });
    // Nobody reads them; a full pipe would stop the worker.
    worker.stdout?.resume();
    worker.stderr?.resume();
    return worker;
  }

  /** Another worker ends the batch; the dataset must equal one that nothing disturbed. */
  async function expectSameDataset(batchId: string): Promise<void> {
    const rest = await workspace.run(["worker", "--drain", ...LEASE]);
    expect(rest.code, rest.stderr).toBe(0);
    expect(await queue.getBatch(batchId)).toMatchObject({
      status: "Published",
      dataset: { episodes: 3 },
    });
    await submit("undisturbed");
    expect((await workspace.run(["worker", "--drain"])).code).toBe(0);
    const digest = await datasetDigest(workspace.path("dataset"));
    expect(digest).toEqual(await datasetDigest(workspace.path("undisturbed")));
    expect(Object.keys(digest).length).toBeGreaterThan(4);
  }

  const running = () =>
    until(async () => {
      const { jobs } = await queue.listJobs({ status: "Processing" });
      return jobs[0];
    });

  it("of the worker while it converts", async () => {
    const batchId = await submit("dataset");
    startWorker();
    const job = await running();
    await until(() => childrenOf(worker.pid ?? 0)[0]);
    await killHard(worker);
    await expectSameDataset(batchId);
    const after = await queue.getJob(job.id);
    expect(after.attempts.map(({ outcome }) => outcome)).toEqual(["failed", "completed"]);
  });

  it("of the worker's child", async () => {
    const batchId = await submit("dataset");
    startWorker();
    const job = await running();
    process.kill(await until(() => childrenOf(worker.pid ?? 0)[0]), "SIGKILL");
    await until(async () =>
      (await queue.getJob(job.id)).attempts[0]?.outcome === "failed" ? true : undefined,
    );
    expect((await queue.getJob(job.id)).attempts[0]).toMatchObject({
      error: { code: "ERR_ROBOFLOW_CHILD_CRASHED", permanence: "transient" },
    });
    await killHard(worker);
    await expectSameDataset(batchId);
  });

  it("of the worker while it publishes", async () => {
    const batchId = await submit("dataset");
    startWorker();
    await until(async () =>
      (await queue.getBatch(batchId)).status === "Finalizing" ? true : undefined,
    );
    await killHard(worker);
    await expectSameDataset(batchId);
  });
});
