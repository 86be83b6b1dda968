import { createHash } from "node:crypto";
import { keySegments, prefixRange, buildPrefix } from "../../src/keys/codec.js";
import { batchCodec, type BatchRecord } from "../../src/records/batch-record.js";
import { jobCodec, type JobRecord, type JobStatus } from "../../src/records/job-record.js";
import { workerCodec } from "../../src/records/worker-record.js";
import type { KvReader, KvStore } from "../../src/store/kv-store.js";

export interface StoreContents {
  readonly jobs: ReadonlyMap<string, JobRecord>;
  readonly batches: ReadonlyMap<string, BatchRecord>;
}

/**
 * Checks that the records and every index of the queue agree, and gives the records. The rules are
 * written here a second time, from the table of keys, not taken from the code under test.
 */
export async function checkInvariants(store: KvStore): Promise<StoreContents> {
  return store.transact(async (tx) => {
    const { jobs, batches, entries } = await readAll(tx);
    const expected = new Map<string, string>();
    for (const job of jobs.values()) expectJob(expected, job);
    for (const batch of batches.values()) {
      const members = [...jobs.values()].filter(({ batchId }) => batchId === batch.id);
      if (batch.jobCount !== members.length) {
        throw new Error(`Batch ${batch.id} counts ${batch.jobCount} of ${members.length} jobs`);
      }
      checkBatch(batch, members);
      const due =
        (batch.status === "Sealed" && batch.hold === null) ||
        batch.status === "Finalizing" ||
        ("cleanup" in batch && batch.cleanup) ||
        ("artifacts" in batch && ["unwanted", "removing"].includes(batch.artifacts ?? ""));
      if (due) expected.set(`due/${batch.id}`, "1");
      if (["Submitting", "Sealed", "Finalizing", "Failed"].includes(batch.status)) {
        const hash = createHash("sha256").update(batch.output).digest("hex");
        expected.set(`outputs/${hash}`, batch.id);
      }
    }
    for (const job of jobs.values()) {
      if (!batches.has(job.batchId)) throw new Error(`Job ${job.id} has no batch`);
    }
    const differences = [
      ...[...expected].filter(([key, value]) => entries.get(key) !== value),
      ...[...entries].filter(([key]) => !expected.has(key)),
    ];
    if (differences.length > 0) {
      throw new Error(`Indices and records differ: ${JSON.stringify(differences)}`);
    }
    return { jobs, batches };
  });
}

/** What must hold between a batch's status and its jobs at every moment. */
function checkBatch(batch: BatchRecord, members: readonly JobRecord[]): void {
  const count = (...statuses: JobStatus[]): number =>
    members.filter(({ status }) => statuses.includes(status)).length;
  const decided =
    batch.status === "Finalizing" ||
    batch.status === "Published" ||
    batch.status === "Partial" ||
    batch.status === "Failed" ||
    (batch.status === "Cancelled" && !batch.cleanup) ||
    (batch.status === "Sealed" && batch.hold !== null);
  const fail = (problem: string): never => {
    throw new Error(`Batch ${batch.id} is ${batch.status} ${problem}`);
  };
  if (decided && count("Pending", "Processing") > 0) fail("with open jobs");
  if (batch.status === "Published") {
    if (count("Completed") < members.length) fail("without some of its jobs");
    if (batch.dataset.episodes < members.length) fail("with too few episodes");
  }
  if (batch.status === "Sealed" && batch.hold !== null) {
    const { failed, dead, cancelled } = batch.hold;
    const held = [failed, dead, cancelled];
    const found = [count("Failed"), count("Dead"), count("Cancelled")];
    if (held.join() !== found.join()) fail(`held for ${held.join()}, not ${found.join()}`);
  }
}

function expectJob(expected: Map<string, string>, job: JobRecord): void {
  const { id, batchId } = job;
  expected.set(`status/${job.status}/${id}`, "1");
  expected.set(`batches/${batchId}/jobs/${String(job.ordinal).padStart(16, "0")}/${id}`, "1");
  const running = job.attempts.filter(({ outcome }) => outcome === "running");
  if (running.length !== (job.status === "Processing" ? 1 : 0)) {
    throw new Error(`Job ${id} is ${job.status} with ${running.length} running attempts`);
  }
  if (job.status === "Pending" || job.status === "Processing") {
    expected.set(`batches/${batchId}/open/${id}`, "1");
  }
  if (job.status === "Processing") expected.set(`owned/${job.owner}/${id}`, `${job.leaseEpoch}`);
  if (job.admission === "admitted") expected.set(`admitted/${batchId}/${id}`, "1");
  if (job.status !== "Pending") {
    if (job.admission === "waiting") throw new Error(`Job ${id} waits and is ${job.status}`);
    return;
  }
  const priority = String(99 - job.priority).padStart(2, "0");
  if (job.notBefore === null && job.admission === "waiting") {
    expected.set(`waiting/${batchId}/${priority}/${id}`, "1");
  } else if (job.notBefore === null) {
    const shard = String(Number.parseInt(id.slice(-2), 16)).padStart(3, "0");
    expected.set(`ready/${priority}/${shard}/${id}`, "1");
  } else {
    expected.set(`delayed/${String(job.notBefore).padStart(16, "0")}/${id}`, "1");
  }
}

interface RawContents {
  readonly jobs: Map<string, JobRecord>;
  readonly batches: Map<string, BatchRecord>;
  /** Index entries by their key below the root. */
  readonly entries: Map<string, string>;
}

const INDICES = new Set([
  "ready",
  "waiting",
  "admitted",
  "delayed",
  "status",
  "owned",
  "due",
  "outputs",
]);

async function readAll(reader: KvReader): Promise<RawContents> {
  const jobs = new Map<string, JobRecord>();
  const batches = new Map<string, BatchRecord>();
  const entries = new Map<string, string>();
  for await (const { key, value } of reader.scan(prefixRange(buildPrefix()))) {
    const segments = keySegments(key);
    const [table = "", id = ""] = segments;
    const path = segments.join("/");
    if (table === "jobs") jobs.set(id, jobCodec.decode(value, path));
    else if (table === "batches" && segments.length === 2) {
      batches.set(id, batchCodec.decode(value, path));
    } else if (table === "batches" || INDICES.has(table)) {
      entries.set(path, new TextDecoder().decode(value));
    } else if (table === "workers") workerCodec.decode(value, path);
  }
  return { jobs, batches, entries };
}
