import assert from "node:assert/strict";
import { RoboflowError, silentLogger } from "@roboflow/core";
import { createStorage } from "@roboflow/storage";
import fc from "fast-check";
import { Finalizer } from "../../src/finalizer/finalizer.js";
import { JobQueue } from "../../src/queue/job-queue.js";
import { leaseOf, type Lease } from "../../src/queue/lease.js";
import { Reaper } from "../../src/queue/reaper.js";
import type { JobIn } from "../../src/records/job-record.js";
import type { KvStore } from "../../src/store/kv-store.js";
import { checkInvariants } from "./invariants.js";
import {
  CONFIG,
  PERMANENT,
  recordings,
  RESULT,
  TRANSIENT,
  WORKER,
  type ManualClock,
  type QueueRig,
} from "./queue-rig.js";

const LEASE_MS = 120_000;

/** One thing that a client does; numbers choose among what it then sees. */
export type ClientOp =
  | { readonly kind: "submit"; readonly first: number; readonly count: number }
  | { readonly kind: "claim" | "heartbeat" | "promote" | "reap" | "finalize" | "register" }
  | { readonly kind: "end"; readonly how: EndHow }
  | { readonly kind: "job"; readonly how: "cancel" | "retry" | "delete"; readonly job: number }
  | { readonly kind: "batch"; readonly how: BatchHow; readonly batch: number }
  | { readonly kind: "wait"; readonly ms: number };
type EndHow = "complete" | "completeAndClaim" | "permanent" | "transient" | "handBack";
type BatchHow = "cancel" | "retry" | "finalize" | "partial" | "pause" | "resume" | "limit" | "dead";

const pick = fc.nat(1_000);
export const clientOp: fc.Arbitrary<ClientOp> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("submit"),
      first: fc.nat(6),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("claim") }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("heartbeat", "promote", "reap", "finalize", "finalize", "register"),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("end"),
      how: fc.constantFrom<EndHow>(
        "complete",
        "completeAndClaim",
        "completeAndClaim",
        "permanent",
        "transient",
        "handBack",
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("job"),
      how: fc.constantFrom("cancel", "retry", "delete"),
      job: pick,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("batch"),
      how: fc.constantFrom<BatchHow>(
        "cancel",
        "retry",
        "finalize",
        "partial",
        "pause",
        "resume",
        "limit",
        "dead",
      ),
      batch: pick,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait"),
      ms: fc.constantFrom(1_000, 10_000, LEASE_MS),
    }),
  },
);

/** Refusals that are right in some orders. */
const ALLOWED = new Set([
  "ERR_ROBOFLOW_LEASE_LOST",
  "ERR_ROBOFLOW_JOB_STATE",
  "ERR_ROBOFLOW_JOB_NOT_FOUND",
  "ERR_ROBOFLOW_BATCH_STATE",
  "ERR_ROBOFLOW_BATCH_NOT_FOUND",
  "ERR_ROBOFLOW_STORE_UNAVAILABLE",
]);

/** What all clients together must never see. */
export class Ledger {
  readonly #epochs = new Set<string>();
  readonly #completed = new Map<string, number>();
  readonly #cancelled = new Set<string>();

  claimed({ jobId, epoch }: Lease): void {
    const attempt = `${jobId}/${epoch}`;
    assert.ok(!this.#epochs.has(attempt), `attempt ${attempt} was given twice`);
    this.#epochs.add(attempt);
  }

  completed({ jobId, epoch }: Lease, batchId: string): void {
    if (!this.mayBeRedone(batchId)) assert.equal(this.#completed.get(jobId) ?? epoch, epoch);
    this.#completed.set(jobId, epoch);
  }

  /** Somebody is about to cancel the batch: what it converted goes, and a retry does it again. */
  cancelling(batchId: string): void {
    this.#cancelled.add(batchId);
  }

  mayBeRedone(batchId: string): boolean {
    return this.#cancelled.has(batchId);
  }

  get completions(): ReadonlyMap<string, number> {
    return this.#completed;
  }
}

export interface World {
  readonly raw: KvStore;
  readonly rig: QueueRig;
  readonly clock: ManualClock;
  readonly ledger: Ledger;
  readonly output: string;
}

/** A process with its own handle on the store: a worker, a submitter and an operator in one. */
export class Client {
  readonly #world: World;
  readonly #queue: JobQueue;
  readonly #reaper: Reaper;
  readonly #finalizer: Finalizer;
  #id: string;
  #generation = 0;
  #leases: Lease[] = [];

  constructor(name: string, world: World, store: KvStore) {
    this.#world = world;
    this.#id = name;
    this.#queue = new JobQueue(store, { submitChunk: 2, backoff: world.rig.queue.backoff });
    const { backoff } = this.#queue;
    this.#reaper = new Reaper(store, { holder: name, leaseMs: LEASE_MS, backoff });
    this.#finalizer = new Finalizer({
      store,
      storage: createStorage(),
      configs: {
        config: async (hash) => ({ hash, content: CONFIG }),
        annotation: async (hash) => ({ hash, content: "" }),
      },
      assemble: async ({ episodes }) => ({ episodes: episodes.length, frames: 1, features: {} }),
      publish: async (_, { stillLeader }) => void (await stillLeader()),
      holder: name,
      leaseMs: LEASE_MS,
      renewMs: 3_600_000,
      backoff,
      onEvent: () => {},
      logger: silentLogger,
    });
  }

  async run(ops: readonly ClientOp[]): Promise<void> {
    for (const next of ops) {
      try {
        await this.#apply(next);
      } catch (error) {
        if (!(error instanceof RoboflowError) || !ALLOWED.has(error.code)) throw error;
      }
      await checkInvariants(this.#world.raw);
    }
  }

  async #apply(next: ClientOp): Promise<unknown> {
    switch (next.kind) {
      case "submit":
        return this.#submit(next.first, next.count);
      case "register":
        this.#generation += 1;
        this.#leases = [];
        this.#id = `${this.#id.split("#")[0]}#${this.#generation}`;
        return this.#queue.registerWorker({ id: this.#id, ...WORKER, leaseMs: LEASE_MS });
      case "claim":
        return this.#claim();
      case "heartbeat":
        return this.#queue.heartbeat(this.#id, this.#leases);
      case "promote":
        return this.#queue.promoteDue();
      case "reap":
        return this.#reaper.round();
      case "finalize":
        return this.#finalizer.round(new AbortController().signal);
      case "end":
        return this.#end(next.how);
      case "job":
        return this.#control(next.how, next.job);
      case "batch":
        return this.#decide(next.how, next.batch);
      case "wait":
        return this.#world.clock.advance(next.ms);
    }
  }

  /** As a user would: again, until it is acknowledged. */
  async #submit(first: number, count: number): Promise<void> {
    const { request } = this.#world.rig;
    const jobs = recordings(first + count).slice(first);
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        await this.#queue.submit(request(jobs, { output: this.#world.output }));
        return;
      } catch (error) {
        const lost = error instanceof RoboflowError && error.permanence === "transient";
        if (!lost) throw error;
      }
    }
  }

  async #claim(): Promise<void> {
    this.#claimed(await this.#queue.claim(this.#id));
  }

  #claimed(job: JobIn<"Processing"> | undefined): void {
    if (job === undefined) return;
    const lease = leaseOf(job);
    this.#world.ledger.claimed(lease);
    this.#leases.push(lease);
  }

  /** The lease stays in mind, so that the next one ends it again. */
  async #end(how: EndHow): Promise<void> {
    const lease = this.#leases.at(-1);
    if (lease === undefined) return;
    if (how === "handBack") await this.#queue.handBack(lease);
    else if (how === "complete") {
      const { batchId } = await this.#queue.complete(lease, RESULT);
      this.#world.ledger.completed(lease, batchId);
    } else if (how === "completeAndClaim") {
      const what = { lease, result: RESULT, workerId: this.#id };
      const { job, next } = await this.#queue.completeAndClaim(what);
      this.#world.ledger.completed(lease, job.batchId);
      this.#claimed(next);
    } else await this.#queue.fail(lease, how === "permanent" ? PERMANENT : TRANSIENT);
  }

  async #control(how: "cancel" | "retry" | "delete", index: number): Promise<unknown> {
    const { jobs } = await this.#queue.listJobs();
    const jobId = jobs[index % Math.max(1, jobs.length)]?.id;
    if (jobId === undefined) return undefined;
    if (how === "cancel") return this.#queue.cancelJob(jobId, "ada");
    return how === "retry"
      ? this.#queue.retryJob(jobId, "ada")
      : this.#queue.deleteJob(jobId, "ada");
  }

  async #decide(how: BatchHow, index: number): Promise<unknown> {
    const { batches } = await this.#queue.listBatches();
    const batchId = batches[index % Math.max(1, batches.length)]?.id;
    if (batchId === undefined) return undefined;
    if (how === "cancel") {
      this.#world.ledger.cancelling(batchId);
      return this.#queue.cancelBatch(batchId, "ada");
    }
    if (how === "retry") return this.#queue.retryBatch(batchId, "ada");
    if (how === "pause") return this.#queue.pauseBatch(batchId, "ada");
    if (how === "resume") return this.#queue.resumeBatch(batchId, "ada");
    if (how === "limit")
      return this.#queue.setLimit(batchId, [1, 2, null][index % 3] ?? null, "ada");
    if (how === "dead") return this.#queue.retryDead({ actor: "ada" });
    const allowPartial = how === "partial";
    return this.#queue.finalizeBatch(batchId, { allowPartial, actor: "ada" });
  }
}
