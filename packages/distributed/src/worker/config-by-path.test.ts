import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "@roboflow/core";
import { describe, expect, it } from "vitest";
import { workerRig } from "../../test/worker/worker-rig.js";
import { storeConfigs } from "./store-configs.js";

describe("a job whose config is a local path, as early versions wrote it", () => {
  it("is converted where the path can be read, with a deprecation warning", async () => {
    await using rig = await workerRig();
    const path = join(rig.directory, "robot.toml");
    const { content } = await rig.client.getConfig(rig.configHash);
    await writeFile(path, content);
    const { jobs } = await submit(rig, path);
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const configs = storeConfigs(rig.client, { logger });
    await rig.worker({ untilDrained: true, configs }).run();
    expect(await rig.queue.getJob(jobs[0]?.jobId ?? "")).toMatchObject({
      status: "Completed",
      configHash: path,
    });
    expect(warnings).toContainEqual(expect.stringMatching(/local path are deprecated/));
  });

  it("fails at once elsewhere, naming the path", async () => {
    await using rig = await workerRig();
    const path = join(rig.directory, "elsewhere.toml");
    const { jobs } = await submit(rig, path);
    await rig.worker({ untilDrained: true }).run();
    expect(await rig.queue.getJob(jobs[0]?.jobId ?? "")).toMatchObject({
      status: "Failed",
      attempts: [{ outcome: "failed" }],
      error: { code: "ERR_ROBOFLOW_CONFIG_NOT_FOUND", message: expect.stringContaining(path) },
    });
  });

  it("takes a hash in upper case for the same config", async () => {
    await using rig = await workerRig();
    const { jobs } = await submit(rig, rig.configHash.toUpperCase());
    await rig.worker({ untilDrained: true }).run();
    expect((await rig.queue.getJob(jobs[0]?.jobId ?? "")).status).toBe("Completed");
  });
});

async function submit(rig: Awaited<ReturnType<typeof workerRig>>, configHash: string) {
  return rig.queue.submit({
    output: rig.output,
    configHash,
    submittedBy: "test",
    jobs: await rig.record("text"),
  });
}
