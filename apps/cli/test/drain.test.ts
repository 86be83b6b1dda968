import { once } from "node:events";
import { text } from "node:stream/consumers";
import { JobQueue, openStore, type KvStore } from "@roboflow/distributed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startRoboflow } from "./support/roboflow.js";
import { until } from "./support/until.js";
import { Workspace } from "./support/workspace.js";

describe("SIGTERM drains a worker", () => {
  let workspace: Workspace;
  let store: KvStore;
  let queue: JobQueue;
  beforeEach(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap", "12_episode_0.toml");
    store = await openStore(workspace.store);
    queue = new JobQueue(store);
  });
  afterEach(async () => {
    await store.close();
    await workspace[Symbol.asyncDispose]();
  });

  /** The only job, after a worker was asked to end while it ran. */
  async function drainWhileConverting(...flags: string[]) {
    const input = ["12_episode_0.mcap", "--config", "12_episode_0.toml", "--output", "dataset"];
    expect((await workspace.run(["submit", ...input])).code).toBe(0);
    const worker = startRoboflow(["worker", ...flags], {
      cwd: workspace.directory,
      env: { ROBOFLOW_STORE: workspace.store },
    });
    try {
      const { stdout, stderr } = worker;
      if (stdout === null || stderr === null) throw new Error("no output");
      stdout.resume();
      const messages = text(stderr);
      const exit = once(worker, "exit");
      await until(async () => (await queue.listJobs({ status: "Processing" })).jobs[0]);
      worker.kill("SIGTERM");
      expect(await exit).toEqual([0, null]);
      expect(await messages).toContain("draining: running jobs finish or go back to the queue");
    } finally {
      worker.kill("SIGKILL");
    }
    expect(await queue.listWorkers()).toEqual([]);
    return (await queue.listJobs()).jobs[0];
  }

  it("which finishes its job", async () => {
    expect(await drainWhileConverting("--grace", "120")).toMatchObject({
      status: "Completed",
      attempts: [{ outcome: "completed" }],
    });
  });

  it("which hands its job back after the grace time; the attempt does not count", async () => {
    expect(await drainWhileConverting("--grace", "0.01")).toMatchObject({
      status: "Pending",
      failures: 0,
      attempts: [{ outcome: "handedBack" }],
    });
  });
});
