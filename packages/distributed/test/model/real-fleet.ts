import assert from "node:assert/strict";
import type { BatchContents } from "../../src/finalizer/batch-contents.js";
import { readContents } from "../../src/finalizer/batch-contents.js";
import { readableBatch } from "../../src/finalizer/due-batches.js";
import {
  beginFinalizing,
  beginPublishing,
  failFinalizing,
  finishPublishing,
  isFinalizing,
} from "../../src/finalizer/finalize-writes.js";
import { cancelOpenJobs } from "../../src/queue/cancel-batch.js";
import { JobQueue } from "../../src/queue/job-queue.js";
import { acquireLock, isLeader, type Leadership } from "../../src/queue/leader-lock.js";
import { Reaper } from "../../src/queue/reaper.js";
import type { BatchRecord } from "../../src/records/batch-record.js";
import type { KvStore } from "../../src/store/kv-store.js";
import { MemoryStore } from "../../src/store/memory-store.js";
import {
  ManualClock,
  PERMANENT,
  queueRig,
  recordings,
  RESULT,
  TRANSIENT,
  WORKER,
  type QueueRig,
} from "../queue/queue-rig.js";
import { Died, HeldStore, type Fate } from "./held-store.js";
import type { Label, Size, State } from "./state.js";

const LEASE_MS = 120_000;
/** More than any backoff of the model's few attempts. */
const BACKOFF_MS = 10_000;

interface RealFinalizer {
  readonly leadership: Leadership;
  readonly batch?: BatchRecord | undefined;
  readonly contents?: BatchContents;
}

/** The code itself, in the roles of the model: does what the model says that happens next. */
export class RealFleet {
  readonly store: KvStore;
  readonly #clock = new ManualClock();
  readonly #size: Size;
  #rig: QueueRig | undefined;
  #batchId = "";
  readonly #jobIds: string[] = [];
  /** Their present ids, by worker. */
  readonly #workerIds: string[] = [];
  readonly #finalizers: (RealFinalizer | undefined)[] = [];
  readonly #held = new Map<
    string,
    { readonly store: HeldStore; readonly done: Promise<unknown> }
  >();
  #ids = 0;

  constructor(size: Size) {
    this.#size = size;
    // Never tried again: what the model says commits, commits at once.
    this.store = new MemoryStore({ clock: this.#clock.read, maxAttempts: 1 });
  }

  async start(): Promise<void> {
    this.#rig = await queueRig(this.store);
    const batch = await this.#rig.queue.openBatch(this.#rig.request([]));
    this.#batchId = batch.id;
    for (let worker = 0; worker < this.#size.workers; worker += 1) await this.#register(worker);
  }

  get jobIds(): readonly string[] {
    return this.#jobIds;
  }

  get batchId(): string {
    return this.#batchId;
  }

  /** The model's name of a worker id; -2 if it is that of a process that registered anew. */
  workerOf(id: string): number {
    const worker = this.#workerIds.indexOf(id);
    return worker < 0 ? -2 : worker;
  }

  /** By worker, whether its present id was declared dead. */
  async deadWorkers(): Promise<boolean[]> {
    const workers = await this.#queue.listWorkers();
    const dead = new Set(workers.flatMap(({ id, status }) => (status === "Dead" ? [id] : [])));
    return this.#workerIds.map((id) => dead.has(id));
  }

  /** Does the step that leads the model from `before` to `after`. */
  async step({ part, lost, ...label }: Label, before: State, after: State): Promise<void> {
    if (part === "commit" && this.#held.has(label.actor)) await this.#commitHeld(label.actor);
    else if (part === "begin") await this.#hold(label, before);
    else {
      const fate: Fate = { kind: lost === true ? "answerLost" : "commits" };
      await this.#act(label, before, new HeldStore(this.store, fate)).catch(isAnswer);
    }
    await this.#dropHeld(label, after);
    for (const [index, process] of after.finalizers.entries()) {
      if (process.step === "idle") this.#finalizers[index] = undefined;
    }
  }

  async #hold(label: Label, before: State): Promise<void> {
    const store = new HeldStore(this.store, { kind: "held" });
    const done = this.#act(label, before, store);
    // Looked at when the model comes to it.
    done.catch(() => {});
    this.#held.set(label.actor, { store, done });
    await turn();
  }

  async #commitHeld(actor: string): Promise<void> {
    const held = this.#held.get(actor);
    this.#held.delete(actor);
    held?.store.release();
    await held?.done.catch(isAnswer);
  }

  /** What the model says has failed or died must have, and must have changed nothing. */
  async #dropHeld({ kind, actor }: Label, after: State): Promise<void> {
    for (const [name, { store, done }] of this.#held) {
      if (after.pending.some((pending) => pending.actor === name)) continue;
      this.#held.delete(name);
      if (kind === "crash" && name === actor) {
        store.abandon();
        await assert.rejects(done);
      } else {
        store.release();
        await assert.rejects(done, { code: "ERR_ROBOFLOW_STORE_CONFLICT" });
      }
    }
  }

  async #act(label: Label, before: State, store: KvStore): Promise<void> {
    const finalizer = /^finalizer(\d+)$/.exec(label.actor)?.[1];
    if (finalizer !== undefined) return this.#finalize(label, Number(finalizer), before, store);
    const queue = new JobQueue(
      store,
      this.#rig === undefined ? {} : { backoff: this.#rig.queue.backoff },
    );
    const { job = -1, worker = -1, epoch = 0 } = label;
    const jobId = this.#jobIds[job] ?? "";
    const workerId = this.#workerIds[worker] ?? "";
    const lease = { jobId, workerId, epoch };
    switch (label.kind) {
      case "submit":
        return this.#submit(queue, job, before);
      case "claim": {
        const skip = new Set(this.#jobIds.filter((id) => id !== jobId));
        const claimed = await queue.claim(workerId, { skip });
        assert.equal(claimed?.id, jobId);
        return;
      }
      case "complete":
        return void (await queue.complete(lease, RESULT));
      case "fail":
        return void (await queue.fail(lease, TRANSIENT));
      case "refuse":
        return void (await queue.fail(lease, PERMANENT));
      case "handBack":
        return void (await queue.handBack(lease));
      case "heartbeat":
        assert.equal((await queue.heartbeat(workerId, [])).alive, true);
        return;
      case "cancel":
        return void (await queue.cancelJob(jobId, "ada"));
      case "retry":
        return void (await queue.retryJob(jobId, "ada"));
      case "allowPartial":
        return void (await queue.finalizeBatch(this.#batchId, {
          allowPartial: true,
          actor: "ada",
        }));
      case "cancelBatch":
        return void (await queue.cancelBatch(this.#batchId, "ada"));
      case "cancelOpen":
        return cancelOpenJobs(store, this.#batchId);
      case "promote":
        await this.#wait(BACKOFF_MS, before);
        return void (await this.#queue.promoteDue());
      case "expire":
        return this.#wait(LEASE_MS, before, worker);
      case "declareDead":
      case "take":
        return this.#reap(before);
      case "register":
        return this.#register(worker);
      case "crash":
      case "learnLoss":
        // Nothing of it is seen from outside of the process.
        return;
      default:
        throw new Error(`The real fleet can't ${label.kind}`);
    }
  }

  async #submit(queue: JobQueue, job: number, before: State): Promise<void> {
    const [file] = recordings(job + 1, { ordinal: job, maxAttempts: 2 }).slice(job);
    if (this.#rig === undefined || file === undefined) return;
    const seal = before.jobs.filter(({ status }) => status === "Absent").length === 1;
    const request = this.#rig.request([file], { batchId: this.#batchId, seal });
    const { jobs } = await queue.submit(request);
    this.#jobIds[job] = jobs[0]?.jobId ?? "";
  }

  async #finalize(label: Label, index: number, before: State, store: KvStore): Promise<void> {
    const one = this.#finalizers[index];
    switch (label.kind) {
      case "lead": {
        await this.#wait(LEASE_MS, before);
        const holder = `finalizer-${(this.#ids += 1)}`;
        const wish = { name: "finalizer", holder, leaseMs: LEASE_MS };
        const leadership = await acquireLock(store, wish);
        assert.ok(leadership);
        this.#finalizers[index] = { leadership };
        return;
      }
      case "crash":
      case "claimOutput":
      case "lookAtOutput":
      case "checkClaim":
      case "remove":
      case "show":
        // Outside of the store: see the tests of publishing.
        return;
    }
    assert.ok(one);
    const { leadership, batch, contents } = one;
    switch (label.kind) {
      case "look":
        this.#finalizers[index] = { leadership, batch: await readableBatch(store, this.#batchId) };
        return;
      case "readJobs":
        this.#finalizers[index] = { ...one, contents: await readContents(store, this.#batchId) };
        return;
      case "begin":
        assert.ok(batch && contents);
        await beginFinalizing(store, leadership, batch, contents);
        return;
      case "beginPublishing":
        return beginPublishing(store, leadership, this.#batchId);
      case "stillLeader": {
        const stands =
          (await isLeader(store, leadership)) &&
          isFinalizing(await readableBatch(store, this.#batchId), leadership);
        const { lock, batch: known, finalizers } = before;
        const token = finalizers[index]?.token;
        assert.equal(
          stands,
          lock.token === token && known.status === "Finalizing" && known.token === token,
        );
        return;
      }
      case "fail": {
        const { backoff } = this.#queue;
        await failFinalizing(store, leadership, this.#batchId, { error: PERMANENT, backoff });
        return;
      }
      case "finish": {
        assert.ok(contents);
        const { excluded } = contents;
        const known = before.finalizers[index]?.episodes ?? [];
        const expected = this.#jobIds.filter((_, job) => (known[job] ?? -1) >= 0);
        assert.deepEqual(
          contents.episodes.map(({ jobId }) => jobId),
          expected,
        );
        const dataset = { episodes: expected.length, frames: 1, features: {} };
        await finishPublishing(store, leadership, this.#batchId, { dataset, excluded });
        return;
      }
      default:
        throw new Error(`The real finalizer can't ${label.kind}`);
    }
  }

  get #queue(): JobQueue {
    assert.ok(this.#rig);
    return this.#rig.queue;
  }

  async #register(worker: number): Promise<void> {
    const id = `worker-${worker}-${(this.#ids += 1)}`;
    await this.#queue.registerWorker({ id, ...WORKER, leaseMs: LEASE_MS });
    this.#workerIds[worker] = id;
  }

  /** Lets time pass in which every worker sends heartbeats that the model says is alive. */
  async #wait(ms: number, { workers }: State, silent = -1): Promise<void> {
    this.#clock.advance(ms);
    for (const [worker, record] of workers.entries()) {
      const id = this.#workerIds[worker];
      if (record !== "alive" || worker === silent || id === undefined) continue;
      await this.#queue.heartbeat(id, []);
    }
  }

  /** A reaper that has waited for a lease since it leads. */
  async #reap(before: State): Promise<void> {
    const { backoff } = this.#queue;
    const holder = `reaper-${(this.#ids += 1)}`;
    const reaper = new Reaper(this.store, { holder, leaseMs: LEASE_MS, backoff });
    await reaper.round();
    for (let half = 0; half < 2; half += 1) {
      await this.#wait(LEASE_MS / 2, before);
      await reaper.round();
    }
    await reaper.resign();
  }
}

/** Refusals and lost answers that the model has as well. */
function isAnswer(error: unknown): void {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : "";
  const known = ["ERR_ROBOFLOW_LEASE_LOST", "ERR_ROBOFLOW_STORE_UNAVAILABLE"];
  if (known.includes(String(code)) || error instanceof Died) return;
  throw error;
}

/** Until what was started has come to where it is held: memory needs no more than microtasks. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
