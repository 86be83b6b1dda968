import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBatch } from "../src/queue/batch-writes.js";
import { writeJob } from "../src/queue/job-index.js";
import { JobQueue } from "../src/queue/job-queue.js";
import type { NewJob } from "../src/queue/submit-request.js";
import type { JobRecord } from "../src/records/job-record.js";
import { LmdbStore } from "../src/store/lmdb-store.js";
import { TikvClient } from "../src/tikv-client.js";
import { newId } from "@roboflow/core";

/*
 * A claim with 100 and with 100,000 finished jobs kept, in turns: it must cost the same. A ratio, as
 * times depend on the machine and its disk.
 */

const RUNS = 9;
const CLAIMS = 40;
const FEW = 100;
const MANY = Number(process.argv[2] ?? 100_000);
const MAX_RATIO = 1.25;

const directory = await mkdtemp(join(tmpdir(), "roboflow-claim-bench-"));
try {
  await using few = await LmdbStore.open(join(directory, "few"));
  await using many = await LmdbStore.open(join(directory, "many"));
  const sides = { few: await prepare(few, FEW), many: await prepare(many, MANY) };
  const ratios: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const spent = { few: 0, many: 0 };
    for (let claim = 0; claim < CLAIMS; claim += 1) {
      for (const side of ["few", "many"] as const) {
        const start = performance.now();
        const job = await sides[side].claim("worker");
        spent[side] += performance.now() - start;
        if (job === undefined) throw new Error("There was nothing to claim");
      }
    }
    ratios.push(spent.many / spent.few);
    console.log(
      `run ${run + 1}: ${(spent.few / CLAIMS).toFixed(2)} ms a claim with ${FEW} finished jobs, ${(spent.many / CLAIMS).toFixed(2)} ms with ${MANY}`,
    );
  }
  const ratio = ratios.toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
  const passed = ratio <= MAX_RATIO;
  if (!passed) process.exitCode = 1;
  console.log(
    `${passed ? "ok  " : "FAIL"} claim, median ratio: ${ratio.toFixed(2)} (at most ${MAX_RATIO})`,
  );
} finally {
  await rm(directory, { recursive: true });
}

/** A queue with finished jobs in it, and more ready ones than the bench claims. */
async function prepare(store: LmdbStore, finished: number): Promise<JobQueue> {
  const { hash } = await new TikvClient(store).putConfig("bench");
  const queue = new JobQueue(store);
  const spec = { output: "file:///out/", configHash: hash, submittedBy: "bench" };
  await queue.registerWorker({ id: "worker", host: "", pid: 0, slots: 1, leaseMs: 120_000 });
  const { jobs } = await queue.submit({ ...spec, jobs: recordings(1) });
  const job = await queue.claim("worker");
  if (job === undefined || jobs.length !== 1) throw new Error("There was nothing to claim");
  const lease = { jobId: job.id, workerId: "worker", epoch: job.leaseEpoch };
  const result = { frames: 1, episodes: 1, artifactUrl: "file:///a/", report: [], warnings: [] };
  const done = await queue.complete(lease, result);
  await keep(store, done, finished);
  await queue.submit({
    ...spec,
    output: "file:///other/",
    jobs: recordings(RUNS * CLAIMS + 16),
  });
  return queue;
}

/** Stores `count` copies of a finished job, each as the queue itself would. */
async function keep(store: LmdbStore, job: JobRecord, count: number): Promise<void> {
  const queue = new JobQueue(store);
  const batch = await queue.getBatch(job.batchId);
  for (let from = 1; from < count; from += 1_000) {
    await store.transact(async (tx) => {
      const end = Math.min(count, from + 1_000);
      for (let ordinal = from; ordinal < end; ordinal += 1) {
        writeJob(tx, undefined, { ...job, id: newId(), ordinal });
      }
      writeBatch(tx, { ...batch, jobCount: end });
    });
  }
}

function recordings(count: number): NewJob[] {
  return Array.from({ length: count }, (_, index) => ({
    source: { url: `file:///${index}.mcap`, size: 1, identity: "i" },
  }));
}
