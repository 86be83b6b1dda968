import { describe, expect, it } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import {
  claimBy,
  memoryRig,
  PERMANENT,
  recordings,
  RESULT,
  type MemoryRig,
} from "../../test/queue/queue-rig.js";
import { buildKey } from "../keys/codec.js";
import {
  BatchKeys,
  ConfigKeys,
  JobKeys,
  LimitKeys,
  LockKeys,
  OutputKeys,
  WorkerKeys,
} from "../keys/keys.js";
import { batchCodec, type BatchRecord } from "../records/batch-record.js";
import { findBatch } from "../queue/batch-writes.js";
import { indexEntries, MARKER } from "../queue/job-index.js";
import { leaseOf } from "../queue/lease.js";
import { outputKey } from "../queue/output-index.js";
import { readJob } from "../queue/read-job.js";
import { describeKey } from "../store/bytes.js";
import type { KvTransaction } from "../store/kv-store.js";
import { checkStore } from "./check-store.js";
import type { Finding } from "./finding.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

interface Ward extends MemoryRig {
  /** Of a batch with a completed, a failed, a running, a delayed and a pending job. */
  readonly batchId: string;
  readonly jobIds: readonly string[];
  /** Writes past the queue. */
  damage(write: (tx: KvTransaction) => void | Promise<void>): Promise<void>;
}

async function ward(): Promise<Ward> {
  const rig = await memoryRig();
  const { queue, store, request, clock } = rig;
  const [first, ...rest] = recordings(5);
  if (first === undefined) throw new Error("no recording");
  const late = { ...first, notBefore: clock.time + 60_000 };
  const { batchId = "", jobs } = await queue.submit(request([late, ...rest]));
  await queue.complete(leaseOf(await claimBy(queue, "w")), RESULT);
  await queue.fail(leaseOf(await claimBy(queue, "w")), PERMANENT);
  await claimBy(queue, "w");
  return {
    ...rig,
    batchId,
    jobIds: jobs.map(({ jobId }) => jobId),
    damage: (write) => store.transact(async (tx) => write(tx)),
  };
}

/** What a check finds, after it was found twice, repaired, and all that could be is gone. */
async function diagnose({ store }: Ward): Promise<readonly Finding[]> {
  const before = await checkStore(store);
  const fixed = await checkStore(store, { fix: true, actor: "grace" });
  const names = (findings: readonly Finding[]): string[] => findings.map(({ key }) => key);
  expect(names(fixed.findings)).toEqual(names(before.findings));
  const after = await checkStore(store);
  expect(names(after.findings)).toEqual(names(fixed.findings.filter(({ repaired }) => !repaired)));
  expect(fixed.healthy).toBe(after.found === 0);
  return fixed.findings;
}

describe("checkStore", () => {
  it("finds nothing in a store that nobody has damaged", async () => {
    const { store, queue, batchId } = await ward();
    await queue.openBatch({
      output: "file:///data/open/",
      configHash: (await queue.getBatch(batchId)).configHash,
      submittedBy: "ada",
    });
    expect(await checkStore(store)).toEqual({
      healthy: true,
      checked: { jobs: 5, batches: 2, entries: expect.any(Number) },
      findings: [],
      found: 0,
      repaired: 0,
      newer: 0,
    });
  });

  it("writes index entries that are missing, and removes those of no job", async () => {
    const sick = await ward();
    const jobs = await Promise.all(sick.jobIds.map((id) => readJob(sick.store, id)));
    const lost = jobs.flatMap((job) => indexEntries(job));
    const ghosts = [
      JobKeys.ready(50, 3, "ghost"),
      JobKeys.delayed(7, "ghost"),
      JobKeys.waiting(sick.batchId, 50, "ghost"),
      JobKeys.admitted(sick.batchId, "ghost"),
      JobKeys.status("Dead", sick.jobIds[0] ?? ""),
      WorkerKeys.owned("w", "ghost"),
      BatchKeys.open(sick.batchId, "ghost"),
      BatchKeys.member(sick.batchId, 9, "ghost"),
      BatchKeys.open("gone", "ghost"),
    ];
    await sick.damage((tx) => {
      for (const { key } of lost) tx.delete(key);
      for (const key of ghosts) tx.put(key, MARKER);
      tx.put(JobKeys.idem("f".repeat(64)), text("ghost"));
    });
    const findings = await diagnose(sick);
    const keys = (kind: string): string[] =>
      findings.filter((finding) => finding.kind === kind).map(({ key }) => key);
    expect(keys("missingEntry").toSorted()).toEqual(
      lost.map(({ key }) => describeKey(key)).toSorted(),
    );
    expect(keys("orphanEntry").toSorted()).toEqual(
      [...ghosts, JobKeys.idem("f".repeat(64))].map((key) => describeKey(key)).toSorted(),
    );
    expect(findings.every(({ repaired }) => repaired)).toBe(true);
    await checkInvariants(sick.store);
    const { entries } = await sick.queue.audit({ action: "repair" });
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.every(({ actor }) => actor === "grace")).toBe(true);
  });

  it("puts the lease epoch right that a worker is listed with", async () => {
    const sick = await ward();
    const { jobs } = await sick.queue.listJobs({ status: "Processing" });
    const key = WorkerKeys.owned("w", jobs[0]?.id ?? "");
    await sick.damage((tx) => tx.put(key, text("77")));
    expect(await diagnose(sick)).toMatchObject([
      { kind: "missingEntry", key: describeKey(key), repair: "writes the entry" },
    ]);
    await checkInvariants(sick.store);
  });

  it("removes jobs whose batch is gone, whatever they are doing, so that they can be submitted again", async () => {
    const sick = await ward();
    await sick.damage((tx) => tx.delete(BatchKeys.batch(sick.batchId)));
    const findings = await diagnose(sick);
    const orphans = findings.filter(({ kind }) => kind === "orphanJob");
    expect(orphans).toHaveLength(5);
    expect(orphans[0]?.problem).toMatch(
      /^job \S+ \(\w+\) belongs to batch \S+, which is not in the store$/,
    );
    const { jobs } = await checkInvariants(sick.store);
    expect(jobs.size).toBe(0);
    const again = await sick.queue.submit(sick.request(recordings(5)));
    expect(again.jobs.every(({ created }) => created)).toBe(true);
  });

  it("keeps a batch listed with the finalizer, its output and its configs", async () => {
    const sick = await ward();
    const { batchId, configHash } = sick;
    const keys = [
      BatchKeys.due(batchId),
      outputKey("file:///data/out/"),
      ConfigKeys.configRef(configHash, batchId),
    ];
    const ghosts = [
      BatchKeys.due("gone"),
      ConfigKeys.configRef(configHash, "gone"),
      LimitKeys.limit("gone"),
      OutputKeys.output("0".repeat(64)),
    ];
    await sick.damage((tx) => {
      for (const key of keys) tx.delete(key);
      for (const key of ghosts.slice(0, 2)) tx.put(key, MARKER);
      const limit = { version: 1, batchId: "gone", maxRunning: 1, paused: null, updatedAt: 1 };
      tx.put(LimitKeys.limit("gone"), text(JSON.stringify(limit)));
      tx.put(OutputKeys.output("0".repeat(64)), text(batchId));
    });
    const findings = await diagnose(sick);
    expect(findings.map(({ kind, key }) => `${kind} ${key}`).toSorted()).toEqual(
      [
        ...keys.map((key) => `missingBatchEntry ${describeKey(key)}`),
        ...ghosts.map((key) => `orphanEntry ${describeKey(key)}`),
      ].toSorted(),
    );
    await checkInvariants(sick.store);
  });

  it("raises a batch's count, and leaves one that is too high: a job may be lost", async () => {
    const sick = await ward();
    const rewrite = async (jobCount: number): Promise<void> =>
      sick.damage(async (tx) => {
        const batch = await findBatch(tx, sick.batchId);
        if (batch) tx.put(BatchKeys.batch(batch.id), batchCodec.encode({ ...batch, jobCount }));
      });
    await rewrite(3);
    expect(await diagnose(sick)).toMatchObject([{ kind: "batchCount", found: 5, repaired: true }]);
    expect(await sick.queue.getBatch(sick.batchId)).toMatchObject({ jobCount: 5 });
    await rewrite(6);
    expect(await diagnose(sick)).toMatchObject([
      { kind: "batchCount", found: 5, repair: null, repaired: false },
    ]);
    expect(await sick.queue.getBatch(sick.batchId)).toMatchObject({ jobCount: 6 });
  });

  it("lets the finalizer decide again on a batch whose status its jobs contradict", async () => {
    const sick = await ward();
    const rewrite = async (change: (batch: BatchRecord) => BatchRecord): Promise<void> =>
      sick.damage(async (tx) => {
        const batch = await findBatch(tx, sick.batchId);
        if (batch) tx.put(BatchKeys.batch(batch.id), batchCodec.encode(change(batch)));
        tx.delete(BatchKeys.due(sick.batchId));
      });
    const hold = { failed: 4, dead: 0, cancelled: 0 };
    await rewrite((batch) => (batch.status === "Sealed" ? { ...batch, hold } : batch));
    expect(await diagnose(sick)).toMatchObject([{ kind: "batchState", repaired: true }]);
    expect(await sick.queue.getBatch(sick.batchId)).toMatchObject({ hold: null });
    await checkInvariants(sick.store);
  });

  it("names what it can't repair: damage, missing configs, two batches with one output", async () => {
    const sick = await ward();
    const { store, batchId, configHash } = sick;
    const twin = { ...(await sick.queue.getBatch(batchId)), id: "twin", jobCount: 0 };
    await sick.damage((tx) => {
      tx.put(LockKeys.lock("reaper"), text("{"));
      tx.put(WorkerKeys.worker("w"), text('{"version":9}'));
      tx.delete(ConfigKeys.config(configHash));
      tx.put(BatchKeys.batch("twin"), batchCodec.encode(twin));
      tx.put(BatchKeys.due("twin"), MARKER);
      tx.put(buildKey("ready", "x"), MARKER);
      tx.put(Buffer.from("/roboflow/v1/ready/%zz"), MARKER);
    });
    const report = await checkStore(store, { fix: true });
    expect(report).toMatchObject({ healthy: false, newer: 1 });
    const left = (await checkStore(store)).findings;
    expect(left.map(({ kind }) => kind).toSorted()).toEqual([
      "configMissing",
      "configMissing",
      "sharedOutput",
      "unreadable",
      "unreadable",
    ]);
    expect(left.every(({ repair }) => repair === null)).toBe(true);
    expect(left.find(({ kind }) => kind === "sharedOutput")?.problem).toBe(
      `batch twin is to be published to file:///data/out/, and so is batch ${batchId}: cancel one of them`,
    );
  });

  it("leaves records of newer versions alone, with all that belongs to them", async () => {
    const sick = await ward();
    const jobId = sick.jobIds[1] ?? "";
    await sick.damage((tx) => tx.put(JobKeys.job(jobId), text('{"version":2}')));
    expect(await checkStore(sick.store, { fix: true })).toMatchObject({
      healthy: true,
      found: 0,
      newer: 1,
    });
    await sick.damage((tx) => tx.put(BatchKeys.batch(sick.batchId), text('{"version":2}')));
    expect(await checkStore(sick.store, { fix: true })).toMatchObject({ found: 0, newer: 2 });
  });

  it("repairs for admins only, where some are named, and ends when told to", async () => {
    const { store } = await ward();
    const admins = ["root"];
    await expect(checkStore(store, { fix: true, actor: "eve", admins })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_NOT_ALLOWED",
    });
    expect((await checkStore(store, { actor: "eve", admins })).healthy).toBe(true);
    const signal = AbortSignal.abort();
    await expect(checkStore(store, { signal })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_ABORTED",
    });
  });
});
