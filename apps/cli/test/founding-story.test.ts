import { rm } from "node:fs/promises";
import { ConfigKeys, openStore, type JobRecord } from "@roboflow/distributed";
import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workspace } from "./support/workspace.js";

/** Why the product exists: a worker elsewhere has the store, the recording, and no config file. */
describe.each(["LMDB", "TiKV"] as const)(
  "a worker without the submitter's files, on %s",
  (kind) => {
    let cluster: TestCluster | undefined;
    let workspace: Workspace;
    beforeEach(async () => {
      cluster = kind === "TiKV" ? await TestCluster.start({ stores: 3 }) : undefined;
      workspace = await Workspace.create(cluster && `tikv://${cluster.endpoints.join(",")}`);
      await workspace.addFixture("12_episode_0.mcap", "12_episode_0.toml");
    });
    afterEach(async () => {
      await workspace[Symbol.asyncDispose]();
      await cluster?.[Symbol.asyncDispose]();
    });

    async function submit(): Promise<{ jobId: string; configHash: string }> {
      const args = [
        "submit",
        "12_episode_0.mcap",
        "--config",
        "12_episode_0.toml",
        "--output",
        "dataset",
        "--json",
      ];
      const { code, stdout, stderr } = await workspace.run(args);
      expect(code, stderr).toBe(0);
      const { jobs, configHash } = JSON.parse(stdout);
      return { jobId: jobs[0].jobId, configHash };
    }

    async function getJob(jobId: string): Promise<JobRecord> {
      return JSON.parse((await workspace.run(["jobs", "get", jobId, "--json"])).stdout);
    }

    it("converts with the stored config after the file is gone", async () => {
      const { jobId, configHash } = await submit();
      await rm(workspace.path("12_episode_0.toml"));
      const elsewhere = await workspace.subdirectory("elsewhere");

      const worker = await workspace.run(["worker", "--drain"], { cwd: elsewhere });
      expect(worker.code, worker.stderr).toBe(0);
      expect(await getJob(jobId)).toMatchObject({ status: "Completed", configHash });

      const info = await workspace.run(["dataset", "info", "dataset", "--json"]);
      expect(JSON.parse(info.stdout)).toMatchObject({
        episodes: 1,
        fps: 30,
        robotType: "sim_arm6",
      });
      const verified = await workspace.run(["dataset", "verify", "dataset", "--json"]);
      expect(JSON.parse(verified.stdout)).toEqual({ ok: true, problems: [] });
    });

    it("fails the job at once, naming the hash, if the config is gone from the store", async () => {
      const { jobId, configHash } = await submit();
      {
        await using store = await openStore(workspace.store);
        await store.transact(async (tx) => tx.delete(ConfigKeys.config(configHash)));
      }
      const worker = await workspace.run(["worker", "--drain"]);
      expect(worker.stderr).toContain(configHash);
      expect(worker.code).toBe(7);
      const job = await getJob(jobId);
      expect(job).toMatchObject({
        status: "Failed",
        error: { code: "ERR_ROBOFLOW_CONFIG_MISSING", permanence: "permanent" },
      });
      expect(job.attempts).toHaveLength(1);
    });
  },
);
