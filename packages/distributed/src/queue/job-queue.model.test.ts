import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { ATTEMPT_MS, LEASE_MS, QueueModel, type ModelLease } from "../../test/queue/queue-model.js";
import {
  ManualClock,
  PERMANENT,
  queueRig,
  recordings,
  RESULT,
  TRANSIENT,
  WORKER,
  type QueueRig,
} from "../../test/queue/queue-rig.js";
import { ENGINES } from "../../test/queue/engines.js";
import { Reaper } from "./reaper.js";

/** What happens next; numbers choose among what there is. */
type Op =
  | { readonly kind: "submit"; readonly count: number; readonly priority: number }
  | { readonly kind: "claim" | "heartbeat" | "crash"; readonly worker: number }
  | { readonly kind: "end"; readonly lease: number; readonly how: How }
  | { readonly kind: "cancel" | "retry" | "delete"; readonly job: number }
  | { readonly kind: "promote" | "reap" }
  | { readonly kind: "wait"; readonly ms: number };
type How = "completed" | "permanent" | "transient" | "handedBack";

const WORKERS = 3;
const worker = fc.nat(WORKERS - 1);
const pick = fc.nat(1_000);
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("submit"),
      count: fc.integer({ min: 1, max: 4 }),
      priority: fc.constantFrom(10, 50, 99),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("claim"), worker }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("heartbeat", "crash"), worker }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("end"),
      lease: pick,
      how: fc.constantFrom("completed", "permanent", "transient", "handedBack"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("cancel", "retry", "delete"), job: pick }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom("promote", "reap") }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait"),
      ms: fc.constantFrom(1, 1_000, 3_000, LEASE_MS / 2, LEASE_MS, ATTEMPT_MS),
    }),
  },
);

/** Runs operations on the queue and on the model, and compares them after each. */
class Comparison {
  readonly #rig: QueueRig;
  readonly #clock: ManualClock;
  readonly #model = new QueueModel();
  readonly #reaper: Reaper;
  /** Every lease ever given, also long lost ones: they must change nothing. */
  readonly #leases: ModelLease[] = [];
  readonly #workerIds: string[] = [];
  #files = 0;
  #reapedAt = 0;

  constructor(rig: QueueRig, clock: ManualClock) {
    this.#rig = rig;
    this.#clock = clock;
    const { store, queue } = rig;
    this.#reaper = new Reaper(store, { holder: "r", leaseMs: LEASE_MS, backoff: queue.backoff });
  }

  async start(): Promise<void> {
    await this.#reap();
    // A new leader waits for one lease.
    await this.#wait(LEASE_MS);
    for (let index = 0; index < WORKERS; index += 1) await this.#startWorker(index);
  }

  async run(next: Op): Promise<void> {
    await this.#apply(next);
    const { jobs } = await checkInvariants(this.#rig.store);
    expect([...jobs.keys()].toSorted()).toEqual([...this.#model.jobs.keys()].toSorted());
    for (const [id, job] of jobs) {
      const { status, owner, epoch, failures, notBefore } = this.#model.job(id);
      expect({
        status: job.status,
        owner: job.status === "Processing" ? job.owner : undefined,
        epoch: job.leaseEpoch,
        failures: job.failures,
        notBefore: job.status === "Pending" ? (job.notBefore ?? undefined) : undefined,
      }).toEqual({ status, owner, epoch, failures, notBefore });
    }
  }

  async #apply(next: Op): Promise<void> {
    const { queue } = this.#rig;
    switch (next.kind) {
      case "submit":
        return this.#submit(next.count, next.priority);
      case "claim":
        return this.#claim(this.#workerId(next.worker));
      case "heartbeat":
        return this.#heartbeat(next.worker);
      case "crash":
        return this.#startWorker(next.worker);
      case "end":
        return this.#end(choose(this.#leases, next.lease), next.how);
      case "cancel":
      case "retry":
      case "delete":
        return this.#control(next.kind, choose([...this.#model.jobs.keys()], next.job));
      case "promote":
        await queue.promoteDue();
        return this.#model.promote(this.#clock.time);
      case "reap":
        return this.#reap();
      case "wait":
        return this.#wait(next.ms);
    }
  }

  async #submit(count: number, priority: number): Promise<void> {
    const files = recordings(this.#files + count, { priority }).slice(this.#files);
    this.#files += count;
    const { queue, request } = this.#rig;
    // Left open, so that no finalizer question gets in between.
    const open = await queue.openBatch(request([]));
    const { jobs } = await queue.submit(
      request(files, { batchId: open.id, seal: false, force: true }),
    );
    for (const { jobId } of jobs) this.#model.submit(jobId, priority);
  }

  async #claim(workerId: string): Promise<void> {
    const claim = this.#rig.queue.claim(workerId, { attemptTimeoutMs: ATTEMPT_MS });
    if (this.#model.workers.get(workerId)?.dead === true) {
      await expect(claim).rejects.toMatchObject({ code: "ERR_ROBOFLOW_LEASE_LOST" });
      return;
    }
    const job = await claim;
    const candidates = this.#model.claimable();
    if (job === undefined) expect(candidates).toEqual([]);
    else {
      expect(candidates).toContain(job.id);
      this.#model.claim(job.id, workerId, this.#clock.time);
      this.#leases.push({ jobId: job.id, workerId, epoch: job.leaseEpoch });
    }
  }

  async #heartbeat(index: number): Promise<void> {
    const workerId = this.#workerId(index);
    const remembered = this.#leases.filter((lease) => lease.workerId === workerId);
    const { alive, lost, unknown } = await this.#rig.queue.heartbeat(workerId, remembered);
    const known = this.#model.workers.get(workerId);
    expect(alive).toBe(known?.dead === false);
    if (known && alive) known.heartbeatAt = this.#clock.time;
    const gone = remembered.filter((lease) => !this.#model.holds(lease));
    expect(lost.map(({ jobId }) => jobId)).toEqual(gone.map(({ jobId }) => jobId));
    expect(unknown).toEqual([]);
  }

  async #startWorker(index: number): Promise<void> {
    const id = `worker-${index}-${this.#model.workers.size}`;
    await this.#rig.queue.registerWorker({ id, ...WORKER, leaseMs: LEASE_MS });
    this.#workerIds[index] = id;
    this.#model.workers.set(id, { heartbeatAt: this.#clock.time, dead: false });
  }

  async #end(lease: ModelLease | undefined, how: How): Promise<void> {
    if (lease === undefined) return;
    const { queue } = this.#rig;
    const held = this.#model.holds(lease);
    const write = {
      completed: () => queue.complete(lease, RESULT),
      permanent: () => queue.fail(lease, PERMANENT),
      transient: () => queue.fail(lease, TRANSIENT),
      handedBack: () => queue.handBack(lease),
    }[how];
    // A repetition of what this attempt has already said is answered, but changes nothing either.
    if (!held) await write().catch(expectCode("ERR_ROBOFLOW_LEASE_LOST"));
    else {
      await write();
      this.#model.end(lease.jobId, how, this.#clock.time);
    }
  }

  async #control(kind: "cancel" | "retry" | "delete", jobId: string | undefined): Promise<void> {
    if (jobId === undefined) return;
    const { queue } = this.#rig;
    const allowed = this.#model[kind](jobId);
    const done = {
      cancel: () => queue.cancelJob(jobId, "ada"),
      retry: () => queue.retryJob(jobId, "ada"),
      delete: () => queue.deleteJob(jobId, "ada"),
    }[kind]();
    if (allowed) await done;
    else await expect(done).rejects.toMatchObject({ code: "ERR_ROBOFLOW_JOB_STATE" });
  }

  async #reap(): Promise<void> {
    await this.#reaper.round();
    this.#reapedAt = this.#clock.time;
    this.#model.reap(this.#clock.time);
  }

  /** With rounds of the reaper in between: it takes a long absence for an outage of the store. */
  async #wait(ms: number): Promise<void> {
    for (let left = ms; left > 0;) {
      const step = Math.min(left, this.#reapedAt + LEASE_MS / 2 - this.#clock.time);
      this.#clock.advance(step);
      left -= step;
      if (this.#clock.time === this.#reapedAt + LEASE_MS / 2) await this.#reap();
    }
  }

  #workerId(index: number): string {
    return this.#workerIds[index] ?? "";
  }
}

function choose<T>(from: readonly T[], index: number): T | undefined {
  return from[index % Math.max(1, from.length)];
}

function expectCode(code: string): (error: unknown) => void {
  return (error) => expect(error).toMatchObject({ code });
}

describe.each(ENGINES)("JobQueue on $name, one operation after another", ({ open, runs }) => {
  it("does what the model says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 80, size: "max" }), async (ops) => {
        const clock = new ManualClock();
        await using opened = await open(clock.read);
        const comparison = new Comparison(await queueRig(opened.store), clock);
        await comparison.start();
        for (const next of ops) await comparison.run(next);
      }),
      { numRuns: runs },
    );
  }, 120_000);
});
