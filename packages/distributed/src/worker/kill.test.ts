import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { gone } from "../../test/worker/gone.js";
import { killRig, submitThree } from "../../test/worker/kill-rig.js";

async function kill(worker: ChildProcess): Promise<void> {
  const exit = once(worker, "exit");
  worker.kill("SIGKILL");
  await exit;
}

/** Whatever dies on the way, the dataset is the undisturbed one. */
describe("kill -9", { timeout: 180_000 }, () => {
  let undisturbed: string;
  beforeAll(async () => {
    await using rig = await killRig();
    await submitThree(rig);
    await rig.finish();
    undisturbed = await rig.dataset();
  }, 120_000);

  it("of a worker: its child ends too, and another worker takes its job", async () => {
    await using rig = await killRig();
    const batchId = await submitThree(rig);
    await rig.hold("convert");
    const worker = rig.start();
    const child = await rig.waitingAt("convert");
    await kill(worker);
    await gone(child);
    await rig.release("convert");
    await rig.finish();
    expect(await rig.dataset()).toBe(undisturbed);
    const { jobs } = await rig.queue.listJobs({ batchId });
    const errors = jobs.flatMap(({ attempts }) =>
      attempts.flatMap((attempt) => (attempt.outcome === "failed" ? attempt.error.code : [])),
    );
    expect(errors).toContain("ERR_ROBOFLOW_LEASE_LOST");
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
    await checkInvariants(rig.store);
  });

  it("of a worker's child: the attempt counts, the worker goes on", async () => {
    await using rig = await killRig();
    const batchId = await submitThree(rig);
    await rig.hold("convert");
    const ended = once(rig.start(), "exit");
    process.kill(await rig.waitingAt("convert"), "SIGKILL");
    await rig.release("convert");
    expect(await ended).toEqual([0, null]);
    expect(await rig.dataset()).toBe(undisturbed);
    const { jobs } = await rig.queue.listJobs({ batchId });
    const errors = jobs.flatMap(({ attempts }) =>
      attempts.flatMap((attempt) => (attempt.outcome === "failed" ? attempt.error.code : [])),
    );
    expect(errors).toEqual(["ERR_ROBOFLOW_CHILD_CRASHED"]);
  });

  it("of a finalizer: another one takes over with a higher token", async () => {
    await using rig = await killRig();
    const batchId = await submitThree(rig);
    await rig.hold("assemble");
    const worker = rig.start();
    const child = await rig.waitingAt("assemble");
    expect(await rig.queue.getBatch(batchId)).toMatchObject({ status: "Finalizing", token: 1 });
    await kill(worker);
    await gone(child);
    await rig.release("assemble");
    await rig.finish();
    expect(await rig.dataset()).toBe(undisturbed);
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
    await checkInvariants(rig.store);
  });
});
