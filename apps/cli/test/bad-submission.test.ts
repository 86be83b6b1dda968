import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { JobKeys, JobQueue, TikvClient } from "@roboflow/distributed";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messages } from "./support/messages.js";
import { Workspace } from "./support/workspace.js";

const INPUT = ["12_episode_0.mcap", "--config", "12_episode_0.toml", "--output", "dataset"];

describe("what stands in the way of a submission", () => {
  let workspace: Workspace;
  beforeEach(async () => {
    workspace = await Workspace.create();
    await workspace.addFixture("12_episode_0.mcap", "12_episode_0.toml");
  });
  afterEach(() => workspace[Symbol.asyncDispose]());

  async function putFile(path: string, content: string): Promise<void> {
    await mkdir(dirname(workspace.path(path)), { recursive: true });
    await writeFile(workspace.path(path), content);
  }

  const putMarker = (storeUrl: string): Promise<void> =>
    putFile(
      "dataset/.roboflow/dataset.json",
      JSON.stringify({ version: 1, storeUrl, batchId: "earlier", generation: 1 }),
    );

  async function run(...args: string[]): Promise<string> {
    return messages(await workspace.run(args), workspace);
  }

  async function submit(): Promise<string> {
    const { code, stdout, stderr } = await workspace.run(["submit", ...INPUT, "--json"]);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout).jobs[0].jobId;
  }

  async function expectNothingQueued(): Promise<void> {
    await using client = await TikvClient.open(workspace.store);
    const queue = new JobQueue(client.store);
    expect((await queue.listBatches()).batches).toEqual([]);
    expect((await queue.listJobs()).jobs).toEqual([]);
  }

  async function expectNothingStored(): Promise<void> {
    await expectNothingQueued();
    await using client = await TikvClient.open(workspace.store);
    for await (const entry of client.listConfigs()) expect.fail(`stored ${entry.kind}`);
  }

  it("an output with files that no batch wrote, for --dry-run and convert too", async () => {
    await putFile("dataset/data/mine.csv", "1");
    const refusal = await run("submit", ...INPUT);
    expect(refusal).toMatchInlineSnapshot(`
      "warning: 12_episode_0.toml: dataset.env_type has no effect yet
      error: file://<dir>/dataset holds files that no batch of roboflow wrote, e.g. file://<dir>/dataset/data/mine.csv
      hint: Choose another output, or remove what is there.
      code: ERR_ROBOFLOW_DATASET_OUTPUT
      exit 3"
    `);
    await expectNothingStored();
    expect(await run("submit", ...INPUT, "--dry-run")).toBe(refusal);
    expect(await run("convert", ...INPUT)).toBe(refusal);
  });

  it("an output that holds a dataset of another store", async () => {
    await putMarker("lmdb:/elsewhere");
    expect(await run("submit", ...INPUT)).toMatchInlineSnapshot(`
      "warning: 12_episode_0.toml: dataset.env_type has no effect yet
      error: file://<dir>/dataset holds the dataset of batch earlier of the store lmdb:/elsewhere
      hint: Choose another output, or remove what is there.
      code: ERR_ROBOFLOW_DATASET_OUTPUT
      exit 3"
    `);
    await expectNothingStored();
  });

  it("an output that holds the dataset of another batch of this store", async () => {
    await putMarker(workspace.store);
    expect(await run("submit", ...INPUT)).toMatchInlineSnapshot(`
      "warning: 12_episode_0.toml: dataset.env_type has no effect yet
      error: file://<dir>/dataset holds the dataset of batch earlier, and these recordings would be another batch
      hint: Choose another output, or remove what is there.
      code: ERR_ROBOFLOW_BATCH_STATE
      exit 3"
    `);
    await expectNothingQueued();
  });

  it("an output that another store's fleet has taken, though nothing is published there yet", async () => {
    await submit();
    const other = `lmdb:${workspace.path("other-store")}`;
    const { code, stderr } = await workspace.run(["submit", ...INPUT, "--store", other]);
    expect(stderr).toContain(workspace.store);
    expect(stderr).toContain("code: ERR_ROBOFLOW_DATASET_OUTPUT");
    expect(code).toBe(3);
    await using client = await TikvClient.open(other);
    expect((await new JobQueue(client.store).listBatches()).batches).toEqual([]);
  });

  it("a store that can't be written", async () => {
    await writeFile(workspace.path("file"), "");
    const store = `lmdb:${workspace.path("file", "store")}`;
    expect(await run("submit", ...INPUT, "--store", store)).toMatchInlineSnapshot(`
      "warning: 12_episode_0.toml: dataset.env_type has no effect yet
      error: The store in <dir>/file/store can't be used: a file is in the way: the path must be a directory
      hint: Move the file away, or choose another with --store lmdb:PATH or ROBOFLOW_STORE.
      code: ERR_ROBOFLOW_STORE_UNAVAILABLE
      exit 2"
    `);
  });

  it("a recording that changes before it is converted", async () => {
    const jobId = await submit();
    await appendFile(workspace.path("12_episode_0.mcap"), "more");
    expect((await workspace.run(["worker", "--drain"])).code).toBe(7);
    await using client = await TikvClient.open(workspace.store);
    const job = await new JobQueue(client.store).getJob(jobId);
    expect(job).toMatchObject({
      status: "Failed",
      error: { code: "ERR_ROBOFLOW_SOURCE_CHANGED", permanence: "permanent" },
    });
    const message = "error" in job ? job.error.message : "";
    expect(message.replaceAll(workspace.directory, "<dir>")).toMatchInlineSnapshot(
      `"The recording file://<dir>/12_episode_0.mcap changed its size from 954057 to 954061 bytes after it was submitted"`,
    );
  });

  it("a record of a newer version, which a worker leaves as it is", async () => {
    const jobId = await submit();
    await using client = await TikvClient.open(workspace.store);
    const { store } = client;
    const key = JobKeys.job(jobId);
    const newer = new TextEncoder().encode(JSON.stringify({ version: 99, id: jobId }));
    await store.transact(async (tx) => tx.put(key, newer));
    expect(await run("worker", "--drain")).toMatchInlineSnapshot(`
      "info worker starts store=lmdb:<dir>/store (from ROBOFLOW_STORE)
      warn Left a job whose record this version can't read worker=<id> job=<id> error="The job record /roboflow/v1/jobs/<id> has version 99; this software understands up to version 1"
      exit 0"
    `);
    expect(Buffer.from((await store.get(key)) ?? [])).toEqual(Buffer.from(newer));
    const { batches } = await new JobQueue(store).listBatches();
    expect(batches).toMatchObject([{ status: "Sealed", jobCount: 1, hold: null }]);
    expect(await run("jobs", "get", jobId)).toMatchInlineSnapshot(`
      "error: The job record /roboflow/v1/jobs/<id> has version 99; this software understands up to version 1
      hint: Update roboflow on this machine.
      code: ERR_ROBOFLOW_RECORD_NEWER
      exit 3"
    `);
  });
});
