import { describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import {
  claimBy,
  memoryRig,
  recordings,
  RESULT,
  WORKER,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { WorkerKeys } from "../keys/keys.js";
import type { KvStore } from "../store/kv-store.js";
import { JobQueue } from "./job-queue.js";
import { leaseOf, type Lease } from "./lease.js";
import { Reaper } from "./reaper.js";

const LEASE_MS = WORKER.leaseMs;

function reaperOf({ queue }: MemoryRig, holder = "reaper-1", store: KvStore = queue.store): Reaper {
  return new Reaper(store, { holder, leaseMs: LEASE_MS, backoff: queue.backoff });
}

/** A reaper past its first lease of leadership, and a job that worker `w` holds. */
async function settled(): Promise<MemoryRig & { reaper: Reaper; lease: Lease }> {
  const rig = await memoryRig();
  const reaper = reaperOf(rig);
  await rounds(rig, reaper, LEASE_MS);
  await rig.queue.submit(rig.request(recordings(1)));
  return { ...rig, reaper, lease: leaseOf(await claimBy(rig.queue, "w")) };
}

/** Lets time pass with a round every half lease, as a living reaper would. */
async function rounds({ clock }: MemoryRig, reaper: Reaper, ms: number): Promise<void> {
  await reaper.round();
  for (let passed = 0; passed < ms; passed += LEASE_MS / 2) {
    clock.advance(LEASE_MS / 2);
    await reaper.round();
  }
}

describe("Reaper", () => {
  it("takes back the jobs of a worker without heartbeats, as failed attempts", async () => {
    const rig = await settled();
    await rounds(rig, rig.reaper, LEASE_MS);
    const job = await rig.queue.getJob(rig.lease.jobId);
    expect(job).toMatchObject({
      status: "Pending",
      leaseEpoch: rig.lease.epoch + 1,
      failures: 1,
      attempts: [{ outcome: "failed", error: { code: "ERR_ROBOFLOW_LEASE_LOST" } }],
    });
    await checkInvariants(rig.store);
  });

  it("leaves a worker alone whose heartbeats come", async () => {
    const rig = await settled();
    for (let times = 0; times < 10; times += 1) {
      rig.clock.advance(LEASE_MS / 2);
      await rig.queue.heartbeat("w", [rig.lease]);
      expect(await rig.reaper.round()).toEqual([]);
    }
  });

  it("shuts a dead worker out for good, but an attempt not yet taken may complete", async () => {
    const rig = await settled();
    const { queue, lease, reaper } = rig;
    // As a reaper leaves it that dies between declaring the worker dead and taking its job.
    await rig.store.transact(async (tx) => {
      const key = WorkerKeys.worker("w");
      const worker: object = JSON.parse(new TextDecoder().decode(await tx.get(key)));
      const dead = { ...worker, status: "Dead", diedAt: tx.now };
      tx.put(key, new TextEncoder().encode(JSON.stringify(dead)));
    });
    await expect(queue.claim("w")).rejects.toMatchObject({ code: "ERR_ROBOFLOW_LEASE_LOST" });
    expect(await queue.heartbeat("w", [lease])).toMatchObject({ alive: false, lost: [] });
    expect(await queue.complete(lease, RESULT)).toMatchObject({ status: "Completed" });
    expect(await reaper.round()).toEqual([]);
  });

  it("excludes a claim of the very worker that it declares dead", async () => {
    const rig = await settled();
    const { queue, reaper, request, store } = rig;
    await queue.submit(request(recordings(2)));
    rig.clock.advance(LEASE_MS / 2);
    await reaper.round();
    rig.clock.advance(LEASE_MS / 2);
    const racing = new JobQueue(new BeforeCommit(store, () => reaper.round()));
    await expect(racing.claim("w")).rejects.toMatchObject({ code: "ERR_ROBOFLOW_LEASE_LOST" });
  });

  it("gives way to a heartbeat that comes while it decides", async () => {
    const rig = await settled();
    const { queue, store, lease } = rig;
    await rig.reaper.resign();
    let deciding = false;
    const reaper = reaperOf(rig, "reaper-2", {
      ...bound(store),
      transact: (fn) =>
        store.transact(async (tx) => {
          const result = await fn(tx);
          // It has just made up its mind that the worker is dead.
          if (deciding && result === true) {
            deciding = false;
            await queue.heartbeat("w", [lease]);
          }
          return result;
        }),
    });
    await reaper.round();
    rig.clock.advance(LEASE_MS / 2);
    await reaper.round();
    rig.clock.advance(LEASE_MS / 2);
    deciding = true;
    expect(await reaper.round()).toEqual([]);
    expect(deciding).toBe(false);
    expect(await queue.listWorkers()).toMatchObject([{ id: "w", status: "Alive" }]);
    expect((await queue.getJob(lease.jobId)).status).toBe("Processing");
  });

  it("waits one lease after it has become leader", async () => {
    const rig = await settled();
    rig.clock.advance(LEASE_MS * 5);
    // The first leader is gone; everyone's heartbeats are old.
    const second = reaperOf(rig, "reaper-2");
    expect(await second.round()).toEqual([]);
    rig.clock.advance(LEASE_MS / 2);
    expect(await second.round()).toEqual([]);
    await rig.queue.heartbeat("w", [rig.lease]);
    rig.clock.advance(LEASE_MS / 2);
    expect(await second.round()).toEqual([]);
    expect((await rig.queue.getJob(rig.lease.jobId)).status).toBe("Processing");
  });

  it("waits one lease after it could not reach the store", async () => {
    const rig = await settled();
    let down = false;
    const reaper = reaperOf(rig, "reaper-1", {
      ...bound(rig.store),
      transact: (fn) =>
        down ? Promise.reject(new Error("store unreachable")) : rig.store.transact(fn),
    });
    await rounds(rig, reaper, 0);
    await rig.queue.heartbeat("w", [rig.lease]);
    down = true;
    rig.clock.advance(LEASE_MS / 2);
    await expect(reaper.round()).rejects.toThrow("store unreachable");
    down = false;
    rig.clock.advance(LEASE_MS / 2);
    // The worker's heartbeats could not come through either.
    expect(await reaper.round()).toEqual([]);
    rig.clock.advance(LEASE_MS - 1);
    expect(await reaper.round()).toEqual([]);
    rig.clock.advance(1);
    expect(await reaper.round()).toHaveLength(1);
  });

  it("follows while another leads, and leads at once when that one resigns", async () => {
    const rig = await settled();
    const other = reaperOf(rig, "reaper-2");
    await rounds(rig, rig.reaper, 0);
    rig.clock.advance(LEASE_MS - 1);
    expect(await other.round()).toEqual([]);
    await rig.reaper.resign();
    await other.round();
    await rounds(rig, other, LEASE_MS);
    expect((await rig.queue.getJob(rig.lease.jobId)).status).toBe("Pending");
  });

  it("ends an attempt beyond its deadline though its worker lives", async () => {
    const rig = await memoryRig();
    const { queue, clock } = rig;
    const reaper = reaperOf(rig);
    await rounds(rig, reaper, LEASE_MS);
    await queue.submit(rig.request(recordings(1)));
    await queue.registerWorker({ id: "w", ...WORKER });
    const job = await queue.claim("w", { attemptTimeoutMs: 90_000 });
    if (job === undefined) throw new Error("nothing claimed");
    clock.advance(60_000);
    await queue.heartbeat("w", [leaseOf(job)]);
    expect(await reaper.round()).toEqual([]);
    clock.advance(30_000);
    expect(await reaper.round()).toMatchObject([
      { status: "Pending", attempts: [{ error: { code: "ERR_ROBOFLOW_ATTEMPT_TIMEOUT" } }] },
    ]);
    expect((await queue.heartbeat("w", [leaseOf(job)])).lost).toEqual([
      { jobId: job.id, reason: "taken" },
    ]);
  });

  it("forgets dead workers after a day", async () => {
    const rig = await settled();
    await rounds(rig, rig.reaper, LEASE_MS);
    expect(await rig.queue.listWorkers()).toMatchObject([{ id: "w", status: "Dead" }]);
    await rounds(rig, rig.reaper, 24 * 3_600_000);
    expect(await rig.queue.listWorkers()).toEqual([]);
  });
});

function bound(store: KvStore): KvStore {
  return {
    url: store.url,
    get: (key) => store.get(key),
    batchGet: (keys) => store.batchGet(keys),
    scan: (options) => store.scan(options),
    transact: (fn, options) => store.transact(fn, options),
    now: () => store.now(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
