import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { losingAnswer } from "../../test/queue/losing-answer.js";
import {
  claimBy,
  memoryRig,
  PERMANENT,
  recordings,
  RESULT,
  TRANSIENT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { JobQueue } from "./job-queue.js";
import { leaseOf, type Lease } from "./lease.js";
import type { NewJob } from "./submit-request.js";

const OPTIONS = { submitChunk: 2, backoff: { baseMs: 1_000, maxMs: 1_000, random: () => 1 } };

interface Prepared {
  readonly batchId: string;
  readonly lease: Lease;
}

/** Of falling priority, so that claims give them in order. */
const jobs = (count: number): NewJob[] =>
  recordings(count, { maxAttempts: 1 }).map((job, index) => ({ ...job, priority: 90 - index }));

/** Five jobs in one batch: one dead, one cancelled, one running, two ready. */
async function prepare({ queue, request }: MemoryRig): Promise<Prepared> {
  const { batchId = "" } = await queue.submit(request(jobs(5)));
  await queue.fail(leaseOf(await claimBy(queue, "w")), TRANSIENT);
  const { jobId } = leaseOf(await claimBy(queue, "w"));
  await queue.cancelJob(jobId, "ada");
  return { batchId, lease: leaseOf(await claimBy(queue, "w")) };
}

const OPERATIONS: Record<string, (queue: JobQueue, on: Prepared, rig: MemoryRig) => unknown> = {
  submit: (queue, _, { request }) => queue.submit(request(jobs(12))),
  forcedSubmit: (queue, _, { request }) =>
    queue.submit(request(jobs(5), { output: "file:///data/other/", force: true })),
  complete: (queue, { lease }) => queue.complete(lease, RESULT),
  completeAndClaim: async (queue, { lease }, rig) => {
    await queue.completeAndClaim({ lease, result: RESULT, workerId: "w" });
    // As the worker's next heartbeat does with what it does not know of.
    const { unknown } = await rig.queue.heartbeat("w", []);
    for (const each of unknown) await rig.queue.handBack(each);
  },
  failForGood: (queue, { lease }) => queue.fail(lease, PERMANENT),
  fail: (queue, { lease }) => queue.fail(lease, TRANSIENT),
  handBack: (queue, { lease }) => queue.handBack(lease),
  progress: (queue, { lease }) => queue.progress(lease, { framesDone: 3, framesTotal: 10 }),
  setLimit: (queue, { batchId }) => queue.setLimit(batchId, 1, "ada"),
  pauseBatch: (queue, { batchId }) => queue.pauseBatch(batchId, "ada"),
  pauseAll: (queue) => queue.pauseAll("ada"),
  retryDead: (queue) => queue.retryDead({ actor: "ada" }),
  retryBatch: (queue, { batchId }) => queue.retryBatch(batchId, "ada"),
  cancelBatch: (queue, { batchId }) => queue.cancelBatch(batchId, "ada"),
  promote: (queue) => queue.promoteDue(),
};

/** What must be the same however often an answer was lost. */
async function outcome({ queue, store }: MemoryRig, { batchId }: Prepared): Promise<unknown> {
  const { jobs } = await checkInvariants(store);
  const { status, jobCount } = await queue.getBatch(batchId);
  const limit = await queue.getLimit(batchId);
  return {
    batch: { status, jobCount },
    jobs: [...jobs.values()]
      .map((job) => [job.source.url, job.output, job.status, job.failures].join(" "))
      .toSorted(),
    backlog: await queue.backlog(),
    limit: { maxRunning: limit?.maxRunning, paused: limit?.paused?.by },
    paused: await queue.isPaused(),
  };
}

async function rigOf(): Promise<{ rig: MemoryRig; on: Prepared }> {
  const rig = await memoryRig(OPTIONS);
  return { rig, on: await prepare(rig) };
}

describe.each(Object.entries(OPERATIONS))("%s, said again after its answer was lost", (_, run) => {
  it("gives what it would have given at once, whichever commit it was", async () => {
    const undisturbed = await rigOf();
    await run(undisturbed.rig.queue, undisturbed.on, undisturbed.rig);
    const expected = await outcome(undisturbed.rig, undisturbed.on);
    for (let lost = 1; ; lost += 1) {
      const { rig, on } = await rigOf();
      const losing = losingAnswer(rig.store, lost);
      const queue = new JobQueue(losing.store, OPTIONS);
      try {
        await run(queue, on, rig);
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_ROBOFLOW_STORE_UNAVAILABLE" });
        await run(queue, on, rig);
      }
      expect(await outcome(rig, on)).toEqual(expected);
      // It has no further commit whose answer could be lost.
      if (!losing.lost()) break;
    }
  });
});

describe("a claim whose answer was lost", () => {
  it("is told by the next heartbeat, and can be ended as any other", async () => {
    const { rig, on } = await rigOf();
    await rig.queue.complete(on.lease, RESULT);
    const losing = new JobQueue(losingAnswer(rig.store, 1).store, OPTIONS);
    await expect(losing.claim("w")).rejects.toMatchObject({ permanence: "transient" });
    const { unknown } = await rig.queue.heartbeat("w", []);
    expect(unknown).toHaveLength(1);
    // The claim said again takes another job; both are held.
    const other = await claimBy(rig.queue, "w");
    const [lease] = unknown;
    if (lease === undefined) throw new Error("no lease");
    expect(other.id).not.toBe(lease.jobId);
    await rig.queue.complete(lease, RESULT);
    await rig.queue.complete(leaseOf(other), RESULT);
    expect(await rig.queue.batchStats(on.batchId)).toMatchObject({ Completed: 3, Processing: 0 });
    await checkInvariants(rig.store);
  });
});
