import { JobKeys, JobQueue, openStore, type KvStore } from "@roboflow/distributed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "./support/workspace.js";

const INPUT = ["12_episode_0.mcap", "12_episode_1.mcap", "--config", "12_episode_0.toml"];

describe("what operators do to a fleet", () => {
  let workspace: Workspace;
  let store: KvStore;
  let queue: JobQueue;
  let batchId: string;
  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap", "12_episode_1.mcap", "12_episode_0.toml");
    store = await openStore(workspace.store);
    queue = new JobQueue(store);
  });
  afterAll(async () => {
    await store.close();
    await workspace[Symbol.asyncDispose]();
  });

  async function text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await workspace.run(args);
    expect(code, stderr).toBe(0);
    return stdout;
  }
  const json = async (...args: string[]) => JSON.parse(await text(...args, "--json"));

  it("limits how many jobs of a batch run at once, at submit and later", async () => {
    const limited = ["--output", "dataset", "--max-running", "1", "--max-attempts", "1"];
    ({ batchId } = await json("submit", ...INPUT, ...limited));
    expect(await queue.backlog()).toMatchObject({ ready: 1, waiting: 1 });
    const listed = await text("jobs", "list", "--status", "Pending");
    expect(listed.match(/for its batch's limit or pause/g)).toHaveLength(1);
    expect(await json("batches", "limit", batchId, "--none")).toMatchObject({ maxRunning: null });
    expect(await queue.backlog()).toMatchObject({ ready: 2, waiting: 0 });
    expect(await text("batches", "limit", batchId, "--max-running", "1")).toMatch(
      /^limit {6}1 job at once$/m,
    );
    const { code, stderr } = await workspace.run(["batches", "limit", batchId]);
    expect(stderr).toContain("give either --max-running N or --none");
    expect(code).toBe(2);
  });

  it("pauses a batch, and lets it go on", async () => {
    expect(await text("batches", "pause", batchId)).toMatch(/^paused {5}\S+Z by /m);
    expect(await queue.backlog()).toMatchObject({ ready: 0, waiting: 2 });
    expect(await json("batches", "resume", batchId)).toMatchObject({ paused: null, maxRunning: 1 });
    expect(await queue.backlog()).toMatchObject({ ready: 1, waiting: 1 });
  });

  it("pauses the fleet, and health says so", async () => {
    expect(await text("jobs", "pause")).toMatch(/^the fleet is paused since \S+Z by /);
    expect(await json("health")).toMatchObject({
      state: "reachable",
      paused: { by: expect.any(String) },
      backlog: { ready: 1, waiting: 1, delayed: 0, processing: 0 },
    });
    expect(await text("jobs", "resume")).toBe("the fleet works\n");
    expect(await queue.isPaused()).toBe(false);
  });

  it("lists dead jobs, and brings all of them back", async () => {
    const id = "0199a000-0000-7000-8000-000000000001";
    await queue.registerWorker({ id, host: "here", pid: 1, slots: 1, leaseMs: 60_000 });
    const job = await queue.claim(id);
    if (job === undefined) throw new Error("nothing to claim");
    const lease = { jobId: job.id, workerId: id, epoch: job.leaseEpoch };
    const code = "ERR_ROBOFLOW_CHILD_CRASHED";
    await queue.fail(lease, { code, message: "it crashed", permanence: "transient" });
    await queue.unregisterWorker(id);
    expect(await json("jobs", "list", "--status", "Dead")).toMatchObject({
      jobs: [{ id: job.id, error: { code } }],
    });
    const both = await workspace.run(["jobs", "retry", job.id, "--all-dead"]);
    expect(both.code).toBe(2);
    expect(await text("jobs", "retry", "--all-dead", "--batch", batchId)).toBe(
      "1 job is queued again\n",
    );
    expect(await json("jobs", "retry", "--all-dead")).toEqual({ retried: 0, left: [] });
  });

  it("starts nothing before its time", async () => {
    const later = ["--output", "later", "--run-at", "2999-01-01T00:00Z"];
    const { jobs } = await json("submit", ...INPUT, ...later);
    expect(await queue.backlog()).toMatchObject({ delayed: 2 });
    expect(await json("jobs", "get", jobs[0].jobId)).toMatchObject({
      notBefore: Date.parse("2999-01-01T00:00Z"),
    });
    await text("batches", "cancel", jobs[0].batchId);
  });

  it("finds and repairs an index that disagrees with the records", async () => {
    expect(await json("doctor")).toMatchObject({ healthy: true, findings: [], found: 0 });
    const stray = JobKeys.status("Failed", "01990000-0000-7000-8000-000000000000");
    await store.transact(async (tx) => tx.put(stray, new Uint8Array([0x31])));
    const sick = await workspace.run(["doctor"]);
    expect(sick.stdout).toMatch(/^orphanEntry \/roboflow\/v1\/status\/Failed\//);
    expect(sick.stderr).toContain("hint: repair what needs no guess: roboflow doctor --fix");
    expect(sick.code).toBe(7);
    expect(await json("doctor", "--fix")).toMatchObject({
      healthy: true,
      findings: [{ kind: "orphanEntry", repaired: true }],
      found: 1,
      repaired: 1,
    });
    expect(await text("doctor")).toContain(": 0 defects, 0 repaired\n");
  });

  it("forgets what ended long ago, and configs that nobody needs", async () => {
    await text("batches", "cancel", batchId);
    const prune = ["prune", "--older-than", "0s"];
    expect(await json("jobs", ...prune, "--dry-run")).toMatchObject({ jobs: 4, dryRun: true });
    expect(await text("jobs", "prune", "--older-than", "30d")).toBe(
      "removed 0 jobs of 0 batches\n",
    );
    expect(await text("jobs", ...prune)).toBe("removed 4 jobs of 2 batches\n");
    expect(await json("jobs", "stats")).toMatchObject({ Cancelled: 0 });
    expect(await json("configs", "prune")).toMatchObject({ pruned: [] });
    expect(await text("configs", "prune", "--grace", "0s")).toMatch(
      /^removed config [0-9a-f]{64}\n$/,
    );
    expect(await json("audit", "list", "--action", "prune")).toMatchObject({
      entries: expect.arrayContaining([expect.objectContaining({ action: "prune" })]),
    });
  });
});
