import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { breakingAt } from "../../test/queue/breaking-at.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import {
  claimBy,
  memoryRig,
  recordings,
  RESULT,
  TRANSIENT,
  WORKER,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import type { JobIn } from "../records/job-record.js";
import { JobQueue } from "./job-queue.js";
import { leaseOf } from "./lease.js";

async function submitted(jobs: number): Promise<MemoryRig & { batchId: string }> {
  const rig = await memoryRig();
  const { batchId = "" } = await rig.queue.submit(rig.request(recordings(jobs)));
  await rig.queue.registerWorker({ id: "w", ...WORKER });
  return { ...rig, batchId };
}

async function claimAll({ queue }: MemoryRig): Promise<JobIn<"Processing">[]> {
  const jobs: JobIn<"Processing">[] = [];
  for (let job = await queue.claim("w"); job; job = await queue.claim("w")) jobs.push(job);
  return jobs;
}

describe("the limit of a batch", () => {
  it("lets so many jobs run at once, and the next in when one ends", async () => {
    const rig = await submitted(5);
    const { queue, store, batchId } = rig;
    await queue.setLimit(batchId, 2, "ada");
    expect(await queue.backlog()).toEqual({ ready: 2, waiting: 3, delayed: 0, processing: 0 });
    const [first, second] = await claimAll(rig);
    if (first === undefined || second === undefined) throw new Error("two may run");
    expect(await claimAll(rig)).toEqual([]);
    await queue.complete(leaseOf(first), RESULT);
    const third = await claimBy(queue, "w");
    expect(await claimAll(rig)).toEqual([]);
    await queue.fail(leaseOf(second), TRANSIENT);
    await queue.cancelJob(third.id, "ada");
    expect(await claimAll(rig)).toHaveLength(2);
    expect(await queue.backlog()).toEqual({ ready: 0, waiting: 0, delayed: 1, processing: 2 });
    await checkInvariants(store);
  });

  it("counts what ran before it was set, and lets all in when it is lifted", async () => {
    const rig = await submitted(6);
    const { queue, store, batchId } = rig;
    const running = [await claimBy(queue, "w"), await claimBy(queue, "w")];
    await queue.setLimit(batchId, 2, "ada");
    expect(await claimAll(rig)).toEqual([]);
    for (const job of running) await queue.complete(leaseOf(job), RESULT);
    expect((await queue.backlog()).ready).toBe(2);
    await queue.setLimit(batchId, null, "ada");
    expect(await queue.backlog()).toMatchObject({ ready: 4, waiting: 0 });
    await checkInvariants(store);
  });

  it("admits the highest priority first, and what is promoted waits for its turn", async () => {
    const rig = await memoryRig();
    const { queue, request, clock, store } = rig;
    const jobs = recordings(4).map((job, index) => ({ ...job, priority: index * 10 }));
    const late = recordings(5, { notBefore: clock.time + 1_000 }).slice(4);
    const { batchId = "" } = await queue.submit(request([...jobs, ...late]));
    await queue.setLimit(batchId, 1, "ada");
    await queue.registerWorker({ id: "w", ...WORKER });
    clock.advance(1_000);
    await queue.promoteDue();
    expect(await queue.backlog()).toMatchObject({ ready: 1, waiting: 4, delayed: 0 });
    const order: number[] = [];
    for (let job = await queue.claim("w"); job; job = await queue.claim("w")) {
      order.push(job.priority);
      await queue.complete(leaseOf(job), RESULT);
    }
    expect(order.slice(1)).toEqual([50, 30, 20, 10, 0].filter((value) => value !== order[0]));
    await checkInvariants(store);
  });

  it("is set from the start by submit", async () => {
    const { queue, request, store } = await memoryRig({ submitChunk: 2 });
    const { batchId = "" } = await queue.submit(request(recordings(7), { maxRunning: 3 }));
    expect(await queue.getLimit(batchId)).toMatchObject({ maxRunning: 3, paused: null });
    expect(await queue.backlog()).toMatchObject({ ready: 3, waiting: 4 });
    await checkInvariants(store);
  });

  it("keeps places free of jobs that end together", async () => {
    const rig = await submitted(6);
    const { queue, store, batchId } = rig;
    await queue.setLimit(batchId, 2, "ada");
    const [first, second] = await claimAll(rig);
    if (first === undefined || second === undefined) throw new Error("two may run");
    const other = (): Promise<unknown> => queue.complete(leaseOf(second), RESULT);
    await new JobQueue(new BeforeCommit(store, other)).complete(leaseOf(first), RESULT);
    expect((await queue.backlog()).ready).toBe(2);
    await checkInvariants(store);
  });

  it("goes with its batch", async () => {
    const { queue, store, batchId } = await submitted(3);
    await queue.setLimit(batchId, 1, "ada");
    await queue.cancelBatch(batchId, "ada");
    expect(await queue.backlog()).toEqual({ ready: 0, waiting: 0, delayed: 0, processing: 0 });
    await checkInvariants(store);
    for (const { id } of (await queue.listJobs()).jobs) await queue.deleteJob(id, "ada");
    expect(await queue.getLimit(batchId)).toBeUndefined();
  });

  it("holds after whatever happens to its jobs", async () => {
    const op = fc.record({
      kind: fc.constantFrom("claim", "complete", "fail", "handBack", "cancel", "retry", "limit"),
      pick: fc.nat(100),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 25, size: "max" }), async (ops) => {
        const rig = await submitted(8);
        const { queue, store, clock, batchId } = rig;
        let limit = 2;
        await queue.setLimit(batchId, limit, "ada");
        const held: JobIn<"Processing">[] = [];
        for (const { kind, pick } of ops) {
          const { jobs } = await queue.listJobs();
          const [job] = held.splice(pick % Math.max(1, held.length), kind === "claim" ? 0 : 1);
          const any = jobs[pick % jobs.length];
          if (kind === "claim") held.push(...[await queue.claim("w")].filter((one) => !!one));
          else if (kind === "limit") await queue.setLimit(batchId, (limit = pick % 4), "ada");
          else if (kind === "retry" && any) await queue.retryJob(any.id, "ada").catch(() => {});
          else if (kind === "cancel" && any) await queue.cancelJob(any.id, "ada").catch(() => {});
          else if (job && kind === "complete") {
            await queue.complete(leaseOf(job), RESULT).catch(() => {});
          } else if (job && kind === "fail") {
            await queue.fail(leaseOf(job), TRANSIENT).catch(() => {});
          } else if (job) await queue.handBack(leaseOf(job)).catch(() => {});
          clock.advance(60_000);
          await queue.promoteDue();
          const { ready, processing, waiting } = await queue.backlog();
          // What ran before the limit was lowered goes on.
          expect(ready).toBeLessThanOrEqual(Math.max(0, limit - processing));
          if (waiting > 0) expect(ready + processing).toBeGreaterThanOrEqual(limit);
          await checkInvariants(store);
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});

describe("pausing", () => {
  it("keeps a batch's jobs from being claimed; attempts go on, and resume lets all in", async () => {
    const rig = await submitted(4);
    const { queue, store, batchId } = rig;
    const running = await claimBy(queue, "w");
    await queue.pauseBatch(batchId, "ada");
    expect(await claimAll(rig)).toEqual([]);
    await queue.complete(leaseOf(running), RESULT);
    expect(await queue.backlog()).toMatchObject({ ready: 0, waiting: 3 });
    expect(await queue.getLimit(batchId)).toMatchObject({ paused: { by: "ada" } });
    await queue.resumeBatch(batchId, "bob");
    expect(await claimAll(rig)).toHaveLength(3);
    await checkInvariants(store);
    const { entries } = await queue.audit();
    expect(entries.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      "bob resume",
      "ada pause",
      "ada submit",
    ]);
  });

  it("leaves other batches alone", async () => {
    const rig = await submitted(2);
    const { queue, request, batchId } = rig;
    await queue.submit(request(recordings(3), { output: "file:///data/other/" }));
    await queue.pauseBatch(batchId, "ada");
    expect(await claimAll(rig)).toHaveLength(3);
  });

  it("is completed by the next sweep when a resume broke off", async () => {
    const rig = await submitted(3);
    const { queue, store, batchId } = rig;
    await queue.pauseBatch(batchId, "ada");
    const broken = new JobQueue(breakingAt(store, 2));
    await expect(broken.resumeBatch(batchId, "ada")).rejects.toThrow("killed");
    expect((await queue.backlog()).waiting).toBe(3);
    expect((await queue.promoteDue()).promoted).toBe(3);
    expect(await claimAll(rig)).toHaveLength(3);
  });

  it("keeps the whole fleet from claiming", async () => {
    const rig = await submitted(2);
    const { queue } = rig;
    expect(await queue.isPaused()).toBe(false);
    await queue.pauseAll("ada");
    await queue.pauseAll("bob");
    expect(await queue.pause()).toMatchObject({ by: "ada" });
    expect(await claimAll(rig)).toEqual([]);
    await queue.resumeAll("ada");
    expect(await queue.isPaused()).toBe(false);
    expect(await claimAll(rig)).toHaveLength(2);
  });

  it("of a batch that is still empty stays when jobs come", async () => {
    const { queue, request } = await memoryRig();
    const { output, configHash } = request([]);
    const { id } = await queue.openBatch({ output, configHash, submittedBy: "ada" });
    await queue.pauseBatch(id, "ada");
    await queue.submit(request(recordings(2), { batchId: id, maxRunning: 1 }));
    expect(await queue.getLimit(id)).toMatchObject({ maxRunning: 1, paused: { by: "ada" } });
    expect(await queue.backlog()).toMatchObject({ ready: 0, waiting: 2 });
  });

  it("is for the owner and for admins", async () => {
    const { store, batchId } = await submitted(1);
    const guarded = new JobQueue(store, { admins: ["root"] });
    const denied = { code: "ERR_ROBOFLOW_NOT_ALLOWED" };
    await expect(guarded.pauseBatch(batchId, "bob")).rejects.toMatchObject(denied);
    await expect(guarded.setLimit(batchId, 1, "bob")).rejects.toMatchObject(denied);
    await expect(guarded.pauseAll("ada")).rejects.toMatchObject(denied);
    await guarded.pauseBatch(batchId, "ada");
    await guarded.resumeBatch(batchId, "root");
  });
});

/** One of these is decided on before the batch has any limit, and stored once it has. */
describe("the first limit of a batch that comes in between", () => {
  type Racing = MemoryRig & { readonly batchId: string; readonly racing: JobQueue };

  async function race(
    prepare: (
      rig: MemoryRig & { batchId: string },
    ) => Promise<(racing: Racing) => Promise<unknown>>,
  ): Promise<void> {
    const rig = await submitted(3);
    const { queue, store, batchId } = rig;
    const act = await prepare(rig);
    let paused = false;
    const pause = async (): Promise<void> => {
      paused = true;
      await queue.pauseBatch(batchId, "ada");
    };
    await act({ ...rig, racing: new JobQueue(new BeforeCommit(store, pause)) });
    expect(paused).toBe(true);
    expect(await claimAll(rig)).toEqual([]);
    expect((await queue.backlog()).ready).toBe(0);
    await checkInvariants(store);
  }

  it("keeps back what is promoted", () =>
    race(async ({ queue, clock }) => {
      await queue.fail(leaseOf(await claimBy(queue, "w")), TRANSIENT);
      clock.advance(60_000);
      return ({ racing }) => racing.promoteDue();
    }));

  it("keeps back what is handed back", () =>
    race(async ({ queue }) => {
      const lease = leaseOf(await claimBy(queue, "w"));
      return ({ racing }) => racing.handBack(lease);
    }));

  it("keeps back what is retried", () =>
    race(async ({ queue }) => {
      const { id } = await claimBy(queue, "w");
      await queue.cancelJob(id, "ada");
      return ({ racing }) => racing.retryJob(id, "ada");
    }));

  it("keeps back what is submitted", () =>
    race(
      async ({ request }) =>
        ({ racing }) =>
          racing.submit(request(recordings(5).slice(3))),
    ));
});
