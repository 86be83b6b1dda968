import { access, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workspace } from "./support/workspace.js";

const CONFIG = ["--config", "12_episode_0.toml"];

describe("the life of a job", () => {
  let workspace: Workspace;
  let jobId: string;
  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap", "12_episode_0.toml");
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  async function text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await workspace.run(args);
    expect(code, stderr).toBe(0);
    return stdout;
  }
  const json = async (...args: string[]) => JSON.parse(await text(...args, "--json"));

  const submit = ["submit", "12_episode_0.mcap", ...CONFIG, "--output"];

  it("is planned by submit --dry-run, which stores nothing", async () => {
    expect(await json(...submit, "dataset", "--dry-run")).toMatchObject({
      output: expect.stringMatching(/\/dataset$/),
      configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      jobs: [{ source: { url: expect.stringMatching(/12_episode_0\.mcap$/) }, task: null }],
    });
    await expect(access(workspace.path("store"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("begins once: the same submission again reports it", async () => {
    const first = await json(...submit, "dataset");
    expect(first.jobs).toMatchObject([{ status: "Pending", created: true }]);
    jobId = first.jobs[0].jobId;
    expect(await text(...submit, "dataset")).toBe(
      `batch ${first.batchId}: 0 jobs queued, 1 submitted before (1 pending)\n`,
    );
  });

  it("is repeated with --force", async () => {
    const forced = await json(...submit, "again", "--force");
    expect(forced.jobs).toMatchObject([{ status: "Pending", created: true }]);
    const { jobId: again, batchId } = forced.jobs[0];
    expect(again).not.toBe(jobId);
    expect(await json("batches", "cancel", batchId)).toMatchObject({ status: "Cancelled" });
    expect(await text("jobs", "delete", again)).toBe(`${again} Deleted\n`);
  });

  it("is listed, shown and counted", async () => {
    expect(await json("jobs", "list")).toMatchObject({ jobs: [{ id: jobId }], cursor: null });
    expect(await text("jobs", "list", "--status", "Pending")).toMatch(
      new RegExp(`^job .*\\n${jobId} +Pending +0 .*12_episode_0\\.mcap\\n$`),
    );
    expect(await json("jobs", "get", jobId)).toMatchObject({ id: jobId, attempts: [] });
    expect(await text("jobs", "get", jobId)).toMatch(/^status {5}Pending$/m);
    expect(await json("jobs", "stats")).toMatchObject({ Pending: 1, Completed: 0 });
    expect(await text("jobs", "stats")).toMatch(/^Pending +1$/m);
  });

  it("is cancelled, tried again, cancelled and deleted", async () => {
    expect(await text("jobs", "cancel", jobId)).toBe(`${jobId} Cancelled\n`);
    expect(await json("jobs", "retry", jobId)).toEqual([{ id: jobId, status: "Pending" }]);
    expect(await json("jobs", "cancel", jobId)).toEqual([{ id: jobId, status: "Cancelled" }]);
    expect(await json("jobs", "delete", jobId)).toEqual([{ id: jobId, status: "Deleted" }]);
    const gone = await workspace.run(["jobs", "get", jobId]);
    expect(gone.stderr).toContain(`There is no job ${jobId}`);
    expect(gone.code).toBe(5);
  });
});

describe("a batch with a bad recording among good ones", () => {
  let workspace: Workspace;
  let batchId: string;
  const submit = [
    "submit",
    "12_episode_0.mcap",
    "bad.mcap",
    "12_episode_1.mcap",
    ...CONFIG,
    "--output",
    "dataset",
  ];
  beforeAll(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap", "12_episode_0.toml", "12_episode_1.mcap");
    await writeFile(workspace.path("bad.mcap"), "not a recording");
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  async function text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await workspace.run(args);
    expect(code, stderr).toBe(0);
    return stdout;
  }
  const json = async (...args: string[]) => JSON.parse(await text(...args, "--json"));

  it("waits for a decision, and says so", async () => {
    ({ batchId } = await json(...submit));
    const worker = await workspace.run(["worker", "--drain"]);
    expect(worker.stderr).toContain(`error: 1 job failed, batch ${batchId} is not published`);
    expect(worker.code).toBe(7);
    expect(await json("batches", "get", batchId)).toMatchObject({
      status: "Sealed",
      hold: { failed: 1, dead: 0, cancelled: 0 },
      jobs: { Completed: 2, Failed: 1 },
    });
    expect(await text("batches", "list")).toMatch(
      new RegExp(`^${batchId} +waiting for a decision +3 `, "m"),
    );
  });

  it("ends submit --wait with the exit code of a part, and what to do", async () => {
    const { code, stderr } = await workspace.run([...submit, "--wait"]);
    expect(stderr).toContain(`batch ${batchId} is waiting for a decision (2 completed, 1 failed)`);
    expect(stderr).toContain(`roboflow batches finalize ${batchId} --allow-partial`);
    expect(code).toBe(7);
  });

  it("is published without it when allowed", async () => {
    expect(await json("batches", "finalize", batchId, "--allow-partial")).toMatchObject({
      status: "Sealed",
      hold: null,
    });
    await text("worker", "--drain");
    expect(await json("batches", "get", batchId)).toMatchObject({
      status: "Partial",
      excluded: { failed: 1 },
      dataset: { episodes: 2 },
    });
    expect(await json("batches", "list")).toMatchObject({ batches: [{ id: batchId }] });
  });

  it("can be tried again, and cancelled", async () => {
    const { stdout, stderr } = await workspace.run(["batches", "retry", batchId]);
    expect(stderr).toBe("1 job is queued again\n");
    expect(stdout).toMatch(/^jobs {7}3: 1 pending, 2 completed$/m);
    expect(await text("batches", "cancel", batchId)).toMatch(/^status {5}Cancelled$/m);
  });
});
