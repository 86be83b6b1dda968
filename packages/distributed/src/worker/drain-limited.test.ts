import { expect, it } from "vitest";
import { workerRig } from "../../test/worker/worker-rig.js";

it("ends a drain with what waited for its turn done, and without what is paused", async () => {
  await using rig = await workerRig();
  const { queue, configHash } = rig;
  const files = await rig.record("a", "b", "c");
  const spec = { configHash, submittedBy: "ada" };
  const limited = { ...spec, output: `${rig.output}limited/`, jobs: files, maxRunning: 1 };
  const { batchId = "" } = await queue.submit(limited);
  const paused = await queue.submit({ ...spec, output: `${rig.output}paused/`, jobs: files });
  await queue.pauseBatch(paused.batchId ?? "", "ada");
  await rig.worker({ untilDrained: true, slots: 3 }).run();
  expect((await queue.getBatch(batchId)).status).toBe("Published");
  expect((await queue.batchStats(paused.batchId ?? "")).Pending).toBe(3);
  const running = rig.events.filter(({ type }) => type === "claimed");
  expect(running).toHaveLength(3);
});
