import { describe, expect, it } from "vitest";
import {
  claimBy,
  memoryRig,
  PERMANENT,
  recordings,
  RESULT,
  TRANSIENT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import type { ErrorRecord } from "../records/error-record.js";
import type { JobRecord } from "../records/job-record.js";
import { OUTAGE_PATIENCE_MS } from "./job-transitions.js";
import { leaseOf, type Lease } from "./lease.js";

async function claimed(): Promise<MemoryRig & { lease: Lease }> {
  const rig = await memoryRig();
  await rig.queue.submit(rig.request(recordings(1)));
  return { ...rig, lease: leaseOf(await claimBy(rig.queue, "w")) };
}

async function claimAgain({ queue, clock }: MemoryRig): Promise<Lease> {
  clock.advance(60_000);
  await queue.promoteDue();
  return leaseOf(await claimBy(queue, "w"));
}

const outcomes = (job: JobRecord): string[] => job.attempts.map(({ outcome }) => outcome);

describe("ending an attempt", () => {
  it("fails a job at once for a permanent error", async () => {
    const { queue, lease } = await claimed();
    const job = await queue.fail(lease, PERMANENT);
    expect(job).toMatchObject({ status: "Failed", error: PERMANENT, failures: 1 });
  });

  it("waits longer after each transient error, then gives up and keeps every error", async () => {
    const rig = await claimed();
    const { queue, clock } = rig;
    const first = await queue.fail(rig.lease, TRANSIENT);
    expect(first).toMatchObject({ status: "Pending", notBefore: clock.time + 1_000 });
    const second = await queue.fail(await claimAgain(rig), { ...TRANSIENT, message: "again" });
    expect(second).toMatchObject({ status: "Pending", notBefore: clock.time + 2_000 });
    const third = await queue.fail(await claimAgain(rig), { ...TRANSIENT, message: "for good" });
    expect(third).toMatchObject({ status: "Dead", error: { message: "for good" } });
    expect(third.attempts).toMatchObject([
      { outcome: "failed", error: { message: TRANSIENT.message }, worker: "w", epoch: 1 },
      { outcome: "failed", error: { message: "again" }, epoch: 2 },
      { outcome: "failed", error: { message: "for good" }, epoch: 3 },
    ]);
  });

  it("puts off what an outage ended, and keeps what there is to go on from", async () => {
    const rig = await claimed();
    const { queue, clock } = rig;
    const away: ErrorRecord = {
      code: "ERR_ROBOFLOW_STORAGE_UNAVAILABLE",
      message: "s3://robots/0.mcap: no connection",
      permanence: "transient",
    };
    let { lease } = rig;
    await queue.progress(lease, { framesDone: 1_800, framesTotal: 9_000 });
    const from = clock.time;
    for (let times = 1; clock.time < from + OUTAGE_PATIENCE_MS; times += 1) {
      const job = await queue.fail(lease, away);
      // Also when the first answer was lost.
      expect(await queue.fail(lease, away)).toEqual(job);
      expect(job).toMatchObject({
        status: "Pending",
        failures: 0,
        notBefore: clock.time + Math.min(60_000, 1_000 * 2 ** (times - 1)),
        outage: { since: from, times },
      });
      expect(job.attempts[0]).toMatchObject({ epoch: 1, outcome: "handedBack", error: away });
      expect(job.attempts.length).toBeLessThanOrEqual(2);
      clock.advance(1_800_000);
      lease = await claimAgain(rig);
    }
    for (const status of ["Pending", "Pending", "Dead"]) {
      const job = await queue.fail(lease, away);
      expect(job.status).toBe(status);
      if (status === "Pending") lease = await claimAgain(rig);
    }
    expect(await queue.retryJob(lease.jobId, "ada")).not.toHaveProperty("outage.since");
  });

  it("counts outages anew once an attempt has ended otherwise", async () => {
    const rig = await claimed();
    const expired: ErrorRecord = {
      code: "ERR_ROBOFLOW_STORAGE_CREDENTIALS",
      message: "s3://robots/0.mcap: the credentials have expired",
      permanence: "transient",
    };
    expect(await rig.queue.fail(rig.lease, expired)).toMatchObject({ failures: 0 });
    expect(await rig.queue.fail(await claimAgain(rig), TRANSIENT)).toMatchObject({ failures: 1 });
    const again = await rig.queue.fail(await claimAgain(rig), expired);
    expect(again).toMatchObject({ failures: 1, outage: { since: rig.clock.time, times: 1 } });
    const missing: ErrorRecord = { ...expired, permanence: "permanent" };
    const job = await rig.queue.fail(await claimAgain(rig), missing);
    expect(job).toMatchObject({ status: "Failed" });
  });

  it("does not count an attempt that was handed back", async () => {
    const rig = await claimed();
    let { lease } = rig;
    for (let times = 0; times < 30; times += 1) {
      const job = await rig.queue.handBack(lease);
      expect(job).toMatchObject({ status: "Pending", notBefore: null, failures: 0 });
      lease = leaseOf(await claimBy(rig.queue, "w"));
    }
    const job = await rig.queue.complete(lease, RESULT);
    // A record must not grow without end.
    expect(job.attempts.length).toBeLessThanOrEqual(20);
    expect(outcomes(job).at(-1)).toBe("completed");
  });

  it("says the same again when the first answer was lost, and nothing else", async () => {
    const { queue, lease } = await claimed();
    const job = await queue.complete(lease, RESULT);
    expect(await queue.complete(lease, RESULT)).toEqual(job);
    const lost = { code: "ERR_ROBOFLOW_LEASE_LOST" };
    await expect(queue.fail(lease, TRANSIENT)).rejects.toMatchObject(lost);
    await expect(queue.handBack(lease)).rejects.toMatchObject(lost);
    await expect(queue.progress(lease, { framesDone: 1, framesTotal: 2 })).rejects.toMatchObject(
      lost,
    );
    expect(await queue.getJob(lease.jobId)).toEqual(job);
  });

  it("stores progress", async () => {
    const { queue, lease, clock } = await claimed();
    await queue.progress(lease, { framesDone: 7, framesTotal: undefined });
    expect((await queue.getJob(lease.jobId)).progress).toEqual({
      framesDone: 7,
      framesTotal: null,
      updatedAt: clock.time,
    });
  });

  it("shuts out an attempt whose job was cancelled, and tells it by heartbeat", async () => {
    const { queue, lease } = await claimed();
    await queue.cancelJob(lease.jobId, "ada");
    expect(await queue.heartbeat("w", [lease])).toMatchObject({
      alive: true,
      lost: [{ jobId: lease.jobId, reason: "cancelled" }],
    });
    await expect(queue.complete(lease, RESULT)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_LEASE_LOST",
      message: `Attempt 1 no longer holds job ${lease.jobId}: it was cancelled`,
    });
    expect(outcomes(await queue.getJob(lease.jobId))).toEqual(["cancelled"]);
  });

  it("shuts out an older attempt of the same worker", async () => {
    const { queue, lease } = await claimed();
    await queue.handBack(lease);
    const second = leaseOf(await claimBy(queue, "w"));
    await expect(queue.complete(lease, RESULT)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_LEASE_LOST",
    });
    expect(await queue.complete(second, RESULT)).toMatchObject({ status: "Completed" });
  });

  it("starts the count of failures anew when retried by hand", async () => {
    const rig = await claimed();
    await rig.queue.fail(rig.lease, PERMANENT);
    await rig.queue.retryJob(rig.lease.jobId, "ada");
    const job = await rig.queue.fail(leaseOf(await claimBy(rig.queue, "w")), TRANSIENT);
    expect(job).toMatchObject({ status: "Pending", failures: 1 });
    expect(outcomes(job)).toEqual(["failed", "failed"]);
  });

  it("tells a worker of a job that it holds without knowing", async () => {
    const { queue, lease } = await claimed();
    expect(await queue.heartbeat("w", [])).toEqual({ alive: true, lost: [], unknown: [lease] });
  });
});
