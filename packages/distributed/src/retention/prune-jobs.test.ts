import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage, joinUrl, toUrl, type Storage } from "@roboflow/storage";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breakingAt } from "../../test/queue/breaking-at.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import {
  claimBy,
  memoryRig,
  PERMANENT,
  recordings,
  RESULT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { checkStore } from "../doctor/check-store.js";
import { readContents } from "../finalizer/batch-contents.js";
import {
  beginFinalizing,
  beginPublishing,
  endCleanup,
  finishPublishing,
} from "../finalizer/finalize-writes.js";
import type { OutputReservation } from "../finalizer/release-output.js";
import { JobKeys } from "../keys/keys.js";
import { acquireLock, type Leadership } from "../queue/leader-lock.js";
import { leaseOf } from "../queue/lease.js";
import { storeId } from "../store/store-id.js";
import type { KvStore } from "../store/kv-store.js";
import { pruneJobs, type PruneJobsOptions } from "./prune-jobs.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-prune-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const DAY = 24 * 3_600_000;

interface Archive extends MemoryRig {
  readonly storage: Storage;
  readonly leadership: Leadership;
  /** A batch of `count` jobs, ended and published, in part if some of them failed. */
  published(output: string, count: number, failures?: number): Promise<string>;
  prune(options?: Partial<PruneJobsOptions>): ReturnType<typeof pruneJobs>;
}

async function archive(): Promise<Archive> {
  const rig = await memoryRig();
  const { queue, store, request } = rig;
  const storage = createStorage();
  const leadership = await acquireLock(store, { name: "finalizer", holder: "f", leaseMs: 1_000 });
  if (leadership === undefined) throw new Error("no leader");
  return {
    ...rig,
    storage,
    leadership,
    async published(name, count, failures = 0) {
      const output = toUrl(`${name}/`, directory);
      const { batchId = "" } = await queue.submit(request(recordings(count), { output }));
      for (let index = 0; index < count; index += 1) {
        const lease = leaseOf(await claimBy(queue, "w"));
        await (index < failures ? queue.fail(lease, PERMANENT) : queue.complete(lease, RESULT));
      }
      if (failures > 0) {
        await finalize(store, leadership, batchId);
        await queue.finalizeBatch(batchId, { allowPartial: true, actor: "ada" });
      }
      await finalize(store, leadership, batchId);
      return batchId;
    },
    prune: (options = {}) => pruneJobs(store, { olderThanMs: DAY, actor: "grace", ...options }),
  };
}

async function finalize(store: KvStore, leadership: Leadership, batchId: string): Promise<void> {
  const contents = await readContents(store, batchId);
  const { batches } = await checkInvariants(store);
  const batch = batches.get(batchId);
  if (batch === undefined) throw new Error("no batch");
  const begun = await beginFinalizing(store, leadership, batch, contents);
  if (begun?.status !== "Finalizing") return;
  await beginPublishing(store, leadership, batchId);
  const dataset = { episodes: contents.episodes.length, frames: 10, features: {} };
  await finishPublishing(store, leadership, batchId, { dataset, excluded: contents.excluded });
  await endCleanup(store, batchId);
}

describe("pruneJobs", () => {
  it("forgets old batches with their jobs, and nothing else", async () => {
    const { queue, store, clock, request, configHash, published, prune } = await archive();
    const old = await published("old", 250);
    clock.advance(DAY);
    const fresh = await published("fresh", 2);
    await queue.submit(request(recordings(3), { output: "file:///data/waiting/" }));
    expect(await prune({ dryRun: true })).toEqual({ batches: 1, jobs: 250, kept: [] });
    expect((await queue.stats()).Completed).toBe(252);
    expect(await prune()).toEqual({ batches: 1, jobs: 250, kept: [] });
    await expect(queue.getBatch(old)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_NOT_FOUND",
    });
    expect(await queue.getBatch(fresh)).toMatchObject({ status: "Published", jobCount: 2 });
    expect(await queue.stats()).toMatchObject({ Completed: 2, Pending: 3 });
    await checkInvariants(store);
    expect((await checkStore(store)).findings).toEqual([]);
    expect((await queue.audit({ action: "prune" })).entries).toMatchObject([
      { actor: "grace", subject: { kind: "batch", id: old }, jobs: 250 },
    ]);
    expect(await prune()).toEqual({ batches: 0, jobs: 0, kept: [] });
    // Its recordings are new work again.
    const more = { output: "file:///data/again/", configHash };
    const again = await queue.submit(request(recordings(1), more));
    expect(again.jobs[0]?.created).toBe(true);
  });

  it("goes on where it broke off; in between, the batch can't be retried without lost episodes", async () => {
    const { queue, store, clock, storage, published, prune } = await archive();
    const batchId = await published("partial", 250, 1);
    clock.advance(DAY);
    const broken = breakingAt(store, 3);
    const options = { olderThanMs: DAY, actor: "grace", storage };
    await expect(pruneJobs(broken, options)).rejects.toThrow("killed");
    expect(await queue.getBatch(batchId)).toMatchObject({ jobCount: 150, status: "Partial" });
    for (const wish of [
      () => queue.retryBatch(batchId, "ada"),
      () => queue.finalizeBatch(batchId, { allowPartial: true, actor: "ada" }),
    ]) {
      await expect(wish()).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_BATCH_STATE",
        hint: "It is being pruned: submit its recordings again.",
      });
    }
    await checkInvariants(store);
    // Whatever the age that is asked for now.
    expect(await prune({ storage, olderThanMs: 100 * DAY })).toMatchObject({ batches: 1 });
    expect((await checkInvariants(store)).jobs.size).toBe(0);
  });

  it("removes what was kept for a retry, and frees an output that was never published to", async () => {
    const { queue, store, clock, request, storage, published, prune } = await archive();
    const partial = await published("kept", 2, 1);
    const output = toUrl("kept/", directory);
    const artifact = joinUrl(output, ".roboflow", partial, "job/1/episode.json");
    const dataset = joinUrl(output, "meta/info.json");
    for (const url of [artifact, dataset]) await storage.put(url, new TextEncoder().encode("{}"));
    const other = toUrl("cancelled/", directory);
    const { batchId: cancelled = "" } = await queue.submit(
      request(recordings(1), { output: other }),
    );
    await queue.cancelBatch(cancelled, "ada");
    clock.advance(DAY);
    expect((await prune()).kept).toEqual([
      { batchId: partial, reason: "its artifacts can't be removed from here" },
      { batchId: cancelled, reason: "its artifacts can't be removed from here" },
    ]);
    const released: OutputReservation[] = [];
    const releaseOutput = async (owner: OutputReservation): Promise<void> =>
      void released.push(owner);
    expect(await prune({ storage, releaseOutput, statuses: ["Partial"] })).toMatchObject({
      batches: 1,
      jobs: 2,
      kept: [],
    });
    const exists = (url: string): Promise<boolean> =>
      storage.stat(url).then(
        () => true,
        () => false,
      );
    expect(await exists(artifact)).toBe(false);
    expect(await exists(dataset)).toBe(true);
    expect(released).toEqual([]);
    expect(await prune({ storage, releaseOutput })).toMatchObject({
      batches: 1,
      jobs: 1,
      kept: [],
    });
    const owner = { storeId: await storeId(store), storeUrl: store.url, batchId: cancelled };
    expect(released).toEqual([{ outputUrl: other, ...owner }]);
    expect((await queue.listBatches()).batches).toEqual([]);
  });

  it("keeps a batch with a job that only a newer version can read, and says so", async () => {
    const { queue, store, clock, published, prune } = await archive();
    const batchId = await published("newer", 2);
    const { jobs } = await queue.listJobs({ batchId });
    const key = JobKeys.job(jobs[0]?.id ?? "");
    await store.transact(async (tx) => tx.put(key, new TextEncoder().encode('{"version":9}')));
    clock.advance(DAY);
    expect(await prune()).toMatchObject({
      batches: 0,
      kept: [{ batchId, reason: "some of its jobs can't be read" }],
    });
    expect(await queue.getBatch(batchId)).toMatchObject({ jobCount: 1, pruning: true });
  });

  it("is for admins only, where some are named", async () => {
    const { prune } = await archive();
    await expect(prune({ admins: ["root"] })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_NOT_ALLOWED",
    });
  });
});
