import assert from "node:assert/strict";
import fc from "fast-check";
import { DistributedError } from "../../src/error.js";
import type { JobQueue } from "../../src/queue/job-queue.js";
import { Reaper } from "../../src/queue/reaper.js";
import { checkInvariants } from "./invariants.js";
import { ATTEMPT_MS, LEASE_MS, QueueModel, type ModelLease } from "./queue-model.js";
import {
  PERMANENT,
  recordings,
  RESULT,
  TRANSIENT,
  WORKER,
  type ManualClock,
  type QueueRig,
} from "./queue-rig.js";

/** What happens next; numbers choose among what there is. */
export type QueueOp =
  | { readonly kind: "submit"; readonly count: number; readonly priority: number }
  | { readonly kind: "claim" | "heartbeat" | "crash"; readonly worker: number }
  | { readonly kind: "end"; readonly lease: number; readonly how: How }
  | { readonly kind: "completeAndClaim"; readonly lease: number; readonly worker: number }
  | { readonly kind: "cancel" | "retry" | "delete"; readonly job: number }
  | { readonly kind: "promote" | "reap" }
  | { readonly kind: "wait"; readonly ms: number };
type How = "completed" | "permanent" | "transient" | "handedBack";
type Claimed = Awaited<ReturnType<JobQueue["claim"]>>;

const WORKERS = 3;
const worker = fc.nat(WORKERS - 1);
const pick = fc.nat(1_000);
export const queueOp: fc.Arbitrary<QueueOp> = fc.oneof(
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
    arbitrary: fc.record({ kind: fc.constant("completeAndClaim"), lease: pick, worker }),
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
export class Comparison {
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

  async run(next: QueueOp): Promise<void> {
    await this.#apply(next);
  }

  /** Each job as the queue has it, and as the model has it. */
  async states(): Promise<{ queue: Map<string, unknown>; model: Map<string, unknown> }> {
    const { jobs } = await checkInvariants(this.#rig.store);
    const queue = [...jobs].map(([id, job]): [string, unknown] => {
      const owner = job.status === "Processing" ? job.owner : undefined;
      const notBefore = job.status === "Pending" ? (job.notBefore ?? undefined) : undefined;
      const { status, leaseEpoch: epoch, failures, priority } = job;
      return [id, { status, owner, epoch, failures, notBefore, priority }];
    });
    return { queue: new Map(queue), model: this.#model.jobs };
  }

  async #apply(next: QueueOp): Promise<void> {
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
      case "completeAndClaim":
        return this.#completeAndClaim(choose(this.#leases, next.lease), next.worker);
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
    const output = `file:///data/${this.#files}/`;
    const open = await queue.openBatch(request([], { output }));
    const { jobs } = await queue.submit(
      request(files, { output, batchId: open.id, seal: false, force: true }),
    );
    for (const { jobId } of jobs) this.#model.submit(jobId, priority);
  }

  async #claim(workerId: string): Promise<void> {
    const claim = this.#rig.queue.claim(workerId, { attemptTimeoutMs: ATTEMPT_MS });
    if (this.#model.workers.get(workerId)?.dead === true) {
      await assert.rejects(claim, { code: "ERR_ROBOFLOW_LEASE_LOST" });
      return;
    }
    this.#claimed(workerId, await claim);
  }

  #claimed(workerId: string, job: Claimed): void {
    const candidates = this.#model.claimable();
    if (job === undefined) assert.deepEqual(candidates, []);
    else {
      assert.ok(candidates.includes(job.id));
      this.#model.claim(job.id, workerId, this.#clock.time);
      this.#leases.push({ jobId: job.id, workerId, epoch: job.leaseEpoch });
    }
  }

  async #heartbeat(index: number): Promise<void> {
    const workerId = this.#workerId(index);
    const remembered = this.#leases.filter((lease) => lease.workerId === workerId);
    const { alive, lost, unknown } = await this.#rig.queue.heartbeat(workerId, remembered);
    const known = this.#model.workers.get(workerId);
    assert.equal(alive, known?.dead === false);
    if (known && alive) known.heartbeatAt = this.#clock.time;
    const gone = remembered.filter((lease) => !this.#model.holds(lease));
    const ids = (leases: readonly { jobId: string }[]): string[] =>
      leases.map(({ jobId }) => jobId);
    assert.deepEqual(ids(lost), ids(gone));
    assert.deepEqual(unknown, []);
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
    if (!held) await write().catch(isLeaseLost);
    else {
      await write();
      this.#model.end(lease.jobId, how, this.#clock.time);
    }
  }

  /** By a worker that may hold another lease, or be declared dead. */
  async #completeAndClaim(lease: ModelLease | undefined, index: number): Promise<void> {
    if (lease === undefined) return;
    const workerId = this.#workerId(index);
    const held = this.#model.holds(lease);
    const what = { lease, result: RESULT, workerId };
    const options = { attemptTimeoutMs: ATTEMPT_MS };
    const done = this.#rig.queue.completeAndClaim(what, options);
    // A repetition of what this attempt has already said is answered, and claims again.
    const answer = await (held ? done : done.catch(isLeaseLost));
    if (answer === undefined) return;
    if (held) this.#model.end(lease.jobId, "completed", this.#clock.time);
    if (this.#model.workers.get(workerId)?.dead === true) assert.equal(answer.next, undefined);
    else this.#claimed(workerId, answer.next);
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
    else await assert.rejects(done, { code: "ERR_ROBOFLOW_JOB_STATE" });
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

function isLeaseLost(error: unknown): void {
  assert.ok(error instanceof DistributedError);
  assert.equal(error.code, "ERR_ROBOFLOW_LEASE_LOST");
}
