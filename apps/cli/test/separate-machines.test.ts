import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SeparateMachines } from "./support/separate-machines.js";

const CONFIG = fileURLToPath(
  new URL("../../../fixtures/recordings/12_episode_0.toml", import.meta.url),
);
const OUTPUT = ["--config", "robot.toml", "--output", "s3://datasets/pick"];

/** Why the product exists, in full: nothing but the store and the object storage is shared. */
describe("a submitter and a worker on machines that share no file", () => {
  let machines: SeparateMachines;
  let submitter: string;
  let worker: string;
  beforeAll(async () => {
    machines = await SeparateMachines.start();
    for (const run of [0, 1, 2])
      await machines.upload(`12_episode_${run}.mcap`, `s3://robots/runs/run ${run}.mcap`);
    submitter = await machines.machine("submitter");
    worker = await machines.machine("worker");
    await copyFile(CONFIG, join(submitter, "robot.toml"));
  });
  afterAll(() => machines[Symbol.asyncDispose]());

  it("refuse paths that only the submitter has, unless it says that all see them", async () => {
    await copyFile(CONFIG, join(submitter, "local.mcap"));
    const recording = await machines.run(submitter, ["submit", "local.mcap", ...OUTPUT]);
    expect(recording.stderr).toContain(
      `error: the recording ${join(submitter, "local.mcap")} is a path of this machine`,
    );
    expect(recording.stderr).toContain("--shared-path");
    expect(recording.code).toBe(2);
    const local = ["--config", "robot.toml", "--output", "dataset"];
    const output = await machines.run(submitter, ["submit", "s3://robots/runs/*.mcap", ...local]);
    expect(output.stderr).toContain(`error: the output ${join(submitter, "dataset")} is a path`);
    expect(output.code).toBe(2);
    const shared = ["submit", "local.mcap", ...local, "--dry-run"];
    const said = await machines.run(submitter, shared, { ROBOFLOW_SHARED_PATH: "1" });
    expect(said.code, said.stderr).toBe(0);
  });

  it("name a bucket that is not there, and queue nothing", async () => {
    const wrong = ["submit", "s3://robits/runs/*.mcap", ...OUTPUT];
    const { code, stdout, stderr } = await machines.run(submitter, wrong);
    expect(stderr).toContain("robits");
    expect(stderr).toContain("code: ERR_ROBOFLOW_STORAGE_BUCKET");
    expect(stdout).toBe("");
    expect(code).toBe(3);
  });

  it("make a dataset, though the submitter and its disk are gone", async () => {
    const args = ["submit", "s3://robots/runs/*.mcap", ...OUTPUT, "--json"];
    const submitted = await machines.run(submitter, args);
    expect(submitted.code, submitted.stderr).toBe(0);
    const { batchId, jobs } = JSON.parse(submitted.stdout);
    expect(jobs).toHaveLength(3);
    await rm(submitter, { recursive: true });

    const worked = await machines.run(worker, ["worker", "--drain"]);
    expect(worked.code, worked.stderr).toBe(0);
    expect(await machines.files(worker)).toEqual([]);
    // Artifacts and staging are gone, unfinished uploads too.
    expect(machines.s3.uploads()).toEqual([]);
    expect(machines.s3.keys("datasets").filter((key) => key.startsWith("pick/."))).toEqual([
      "pick/.roboflow/dataset.json",
    ]);

    const elsewhere = await machines.machine("operator");
    const got = await machines.run(elsewhere, ["batches", "get", batchId, "--json"]);
    expect(JSON.parse(got.stdout)).toMatchObject({
      status: "Published",
      output: "s3://datasets/pick",
      dataset: { episodes: 3, frames: 196 },
    });
    const verified = await machines.run(elsewhere, [
      "dataset",
      "verify",
      "s3://datasets/pick",
      "--json",
    ]);
    expect(JSON.parse(verified.stdout)).toEqual({ ok: true, problems: [] });
  });
});
