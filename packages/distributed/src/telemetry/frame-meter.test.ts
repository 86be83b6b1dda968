import { describe, expect, it } from "vitest";
import { claimBy, memoryRig, recordings, RESULT } from "../../test/queue/queue-rig.js";
import { leaseOf } from "../queue/lease.js";
import type { JobIn } from "../records/job-record.js";
import type { WorkerEvent } from "../worker/worker-event.js";
import { FrameMeter } from "./frame-meter.js";

/** Events of one attempt at a job that reports `reports` and ends with `frames`. */
async function attempt(
  before: number,
  reports: readonly number[],
  result: { readonly frames: number; readonly resumedFrames?: number },
): Promise<WorkerEvent[]> {
  const rig = await memoryRig();
  await rig.queue.submit(rig.request(recordings(1)));
  let job = await claimBy(rig.queue, "w");
  for (let earlier = 0; earlier < before; earlier += 1) {
    await rig.queue.handBack(leaseOf(job));
    job = await claimBy(rig.queue, "w");
  }
  const who = (of: JobIn<"Processing">) => ({ jobId: of.id, attempt: of.leaseEpoch, worker: "w" });
  const done = await rig.queue.complete(leaseOf(job), { ...RESULT, ...result });
  return [
    { type: "claimed", ...who(job), job },
    ...reports.map((framesDone): WorkerEvent => {
      const progress = { framesDone, framesTotal: undefined };
      return { type: "progress", ...who(job), progress };
    }),
    { type: "completed", ...who(job), job: done },
  ];
}

function counted(events: readonly WorkerEvent[]): number[] {
  const meter = new FrameMeter();
  return events.map((event) => meter.take(event));
}

describe("FrameMeter", () => {
  it("counts frames as they are reported, and the rest at the end", async () => {
    expect(counted(await attempt(0, [10, 25], { frames: 30 }))).toEqual([0, 10, 15, 5]);
  });

  it("does not count what was taken over from an earlier attempt", async () => {
    const events = await attempt(1, [1_800, 1_900], { frames: 2_000, resumedFrames: 1_800 });
    expect(counted(events)).toEqual([0, 0, 100, 100]);
  });

  it("counts the beginning of a later attempt that took nothing over", async () => {
    expect(counted(await attempt(1, [40, 50], { frames: 60 }))).toEqual([0, 0, 10, 50]);
  });

  it("counts an attempt that was never reported", async () => {
    expect(counted(await attempt(0, [], { frames: 60 }))).toEqual([0, 60]);
  });
});
