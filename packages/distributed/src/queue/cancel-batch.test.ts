import { silentLogger } from "@roboflow/core";
import { createStorage, joinUrl, StorageError, toUrl } from "@roboflow/storage";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import {
  claimBy,
  memoryRig,
  recordings,
  RESULT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { dropArtifacts, type DropOptions } from "../finalizer/drop-artifacts.js";
import type { OutputReservation } from "../finalizer/release-output.js";
import type { KvStore } from "../store/kv-store.js";
import { storeId } from "../store/store-id.js";
import { acquireLock } from "./leader-lock.js";
import { leaseOf } from "./lease.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-cancel-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const state = { code: "ERR_ROBOFLOW_BATCH_STATE" };

interface Cancelled extends MemoryRig {
  readonly batchId: string;
  /** An artifact of its completed job. */
  readonly artifact: string;
  exists(url: string): Promise<boolean>;
  /** As the finalizer does. */
  drop(store?: KvStore, more?: Partial<DropOptions>): Promise<void>;
  /** What it gave back outside of the store. */
  readonly released: readonly OutputReservation[];
}

/** A batch of two jobs, one completed, after it was cancelled. */
async function cancelledBatch(name: string): Promise<Cancelled> {
  const rig = await memoryRig();
  const output = toUrl(`${name}/`, directory);
  const { batchId = "" } = await rig.queue.submit(rig.request(recordings(2), { output }));
  await rig.queue.complete(leaseOf(await claimBy(rig.queue, "w")), RESULT);
  const storage = createStorage();
  const released: OutputReservation[] = [];
  const releaseOutput = async (owner: OutputReservation): Promise<void> =>
    void released.push(owner);
  const artifact = joinUrl(output, ".roboflow", batchId, "job/1/episode.json");
  await storage.put(artifact, new TextEncoder().encode("{}"));
  await rig.queue.cancelBatch(batchId, "ada");
  const leadership = await acquireLock(rig.store, {
    name: "finalizer",
    holder: "f",
    leaseMs: 1_000,
  });
  if (leadership === undefined) throw new Error("no leader");
  return {
    ...rig,
    batchId,
    artifact,
    exists: (url) =>
      storage.stat(url).then(
        () => true,
        () => false,
      ),
    drop: (store = rig.store, more = {}) =>
      dropArtifacts(
        { store, storage, renewMs: 3_600_000, logger: silentLogger, releaseOutput, ...more },
        leadership,
        batchId,
      ),
    released,
  };
}

describe("a cancelled batch", () => {
  it("loses what it had converted, and a retry converts all of it again", async () => {
    const cancelled = await cancelledBatch("again");
    const { queue, store, batchId, artifact, exists, drop, released } = cancelled;
    await drop();
    const outputUrl = toUrl("again/", directory);
    const owner = { storeId: await storeId(store), storeUrl: store.url, batchId };
    expect(released).toEqual([{ outputUrl, ...owner }]);
    expect(await exists(artifact)).toBe(false);
    expect(await queue.getBatch(batchId)).toMatchObject({ artifacts: "removed" });
    await checkInvariants(store);

    const { jobs } = await queue.listJobs({ status: "Cancelled" });
    await expect(queue.retryJob(jobs[0]?.id ?? "", "ada")).rejects.toMatchObject({
      ...state,
      hint: "What it had converted is gone, so all of it must be done again: `roboflow batches retry`.",
    });
    expect(await queue.retryBatch(batchId, "ada")).toBe(2);
    expect(await queue.getBatch(batchId)).not.toHaveProperty("artifacts");
    expect((await queue.batchStats(batchId)).Pending).toBe(2);
    await checkInvariants(store);
  });

  it("keeps what it had converted when it is taken up before that was removed", async () => {
    const { queue, batchId, artifact, exists, drop } = await cancelledBatch("kept");
    expect(await queue.retryBatch(batchId, "ada")).toBe(1);
    await drop();
    expect(await exists(artifact)).toBe(true);
    expect((await queue.batchStats(batchId)).Completed).toBe(1);
  });

  it("can't be taken up while its artifacts are being removed", async () => {
    const { queue, store, batchId, drop } = await cancelledBatch("meanwhile");
    let refusal: unknown;
    let first = true;
    const watched = new Proxy(store, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (property !== "transact")
          return typeof value === "function" ? value.bind(target) : value;
        return async (...args: Parameters<KvStore["transact"]>) => {
          if (!first) refusal = await queue.retryBatch(batchId, "ada").catch((error) => error);
          first = false;
          return target.transact(...args);
        };
      },
    });
    await drop(watched);
    expect(refusal).toMatchObject({
      ...state,
      hint: "What it had converted is being removed by a worker; try again after that.",
    });
    expect(await queue.retryBatch(batchId, "ada")).toBe(2);
  });

  it.each(["permanent", "transient"] as const)(
    "keeps a finalizer busy for a while at most when its artifacts can't be removed: %s",
    async (permanence) => {
      const { queue, store, batchId, drop } = await cancelledBatch(permanence);
      const errors: string[] = [];
      const failing = drop(store, {
        releaseOutput: async () => {
          throw new StorageError("ERR_ROBOFLOW_STORAGE_DENIED", "no", { permanence });
        },
        logger: { ...silentLogger, error: (message) => void errors.push(message) },
      });
      if (permanence === "transient") {
        await expect(failing).rejects.toMatchObject({ code: "ERR_ROBOFLOW_STORAGE_DENIED" });
        expect(await queue.getBatch(batchId)).toMatchObject({ artifacts: "removing" });
        await drop();
      } else {
        await failing;
        expect(errors).toEqual([
          "What a cancelled batch converted can't be removed: do it by hand",
        ]);
      }
      expect(await queue.getBatch(batchId)).toMatchObject({ artifacts: "removed" });
      await checkInvariants(store);
    },
  );

  it("is left alone by a finalizer that decides at the moment it is taken up", async () => {
    const { queue, store, batchId, artifact, exists, drop } = await cancelledBatch("race");
    await drop(new BeforeCommit(store, () => queue.retryBatch(batchId, "ada")));
    expect(await exists(artifact)).toBe(true);
    expect((await queue.getBatch(batchId)).status).toBe("Sealed");
    await checkInvariants(store);
  });

  it("is nobody's but the submitter's and the admins'", async () => {
    const { queue, request } = await memoryRig({ admins: ["root"] });
    const { batchId = "", jobs } = await queue.submit(request(recordings(2)));
    const denied = {
      code: "ERR_ROBOFLOW_NOT_ALLOWED",
      message: "eve may not cancel what ada submitted",
    };
    await expect(queue.cancelBatch(batchId, "eve")).rejects.toMatchObject(denied);
    const [first, second] = jobs.map(({ jobId }) => jobId);
    await expect(queue.cancelJob(first ?? "", "eve")).rejects.toMatchObject(denied);
    await queue.cancelJob(first ?? "", "ada");
    for (const forbidden of [
      () => queue.retryJob(first ?? "", "eve"),
      () => queue.deleteJob(first ?? "", "eve"),
      () => queue.retryBatch(batchId, "eve"),
      () => queue.finalizeBatch(batchId, { allowPartial: true, actor: "eve" }),
    ]) {
      await expect(forbidden()).rejects.toMatchObject({ code: "ERR_ROBOFLOW_NOT_ALLOWED" });
    }
    await queue.cancelJob(second ?? "", "root");
    expect((await queue.audit()).entries.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      "root cancel",
      "ada cancel",
      "ada submit",
    ]);
  });
});
