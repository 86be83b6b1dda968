import { describe, expect, it } from "vitest";
import { breakingAt } from "../../test/queue/breaking-at.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import { claimBy, memoryRig, recordings, type MemoryRig } from "../../test/queue/queue-rig.js";
import { BatchKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import { JobQueue } from "./job-queue.js";
import type { NewJob, NewJobs, SubmittedJob } from "./submit-request.js";

async function* stream(jobs: Iterable<NewJob>): AsyncGenerator<NewJob> {
  yield* jobs;
}

const sources = async ({ queue }: MemoryRig, batchId: string): Promise<string[]> => {
  const { jobs } = await queue.listJobs({ batchId });
  return jobs.map(({ source }) => source.url);
};
const urls = (count: number): string[] => recordings(count).map(({ source }) => source.url);

/** The one batch that there is. */
async function theBatch({ queue }: MemoryRig): Promise<BatchRecord> {
  const { batches } = await queue.listBatches();
  expect(batches).toHaveLength(1);
  const [batch] = batches;
  if (batch === undefined) throw new Error("there is no batch");
  return batch;
}

describe("submitting a stream of jobs", () => {
  it("reads no more of it than what one transaction stores, and tells of each", async () => {
    const rig = await memoryRig({ submitChunk: 10 });
    const { queue, request, store } = rig;
    let [given, stored, ahead] = [0, 0, 0];
    async function* counted(): AsyncGenerator<NewJob> {
      for (const job of recordings(95)) {
        given += 1;
        ahead = Math.max(ahead, given - stored);
        yield job;
      }
    }
    const told: SubmittedJob[] = [];
    const onSubmitted = async (jobs: readonly SubmittedJob[]): Promise<void> => {
      stored += jobs.length;
      told.push(...jobs);
    };
    const result = await queue.submit({ ...request([]), jobs: counted(), onSubmitted });
    const batch = await theBatch(rig);
    expect(result).toEqual({ batchId: batch.id, created: 95, existing: 0, jobs: [] });
    expect(ahead).toBeLessThanOrEqual(11);
    expect(batch).toMatchObject({ status: "Sealed", jobCount: 95 });
    expect(await sources(rig, batch.id)).toEqual(urls(95));
    const { jobs } = await queue.listJobs({ batchId: batch.id });
    expect(told.map(({ jobId }) => jobId)).toEqual(jobs.map(({ id }) => id));
    await checkInvariants(store);
    // One entry when it began, one for the rest.
    const { entries } = await queue.audit();
    expect(entries.map((entry) => entry.jobs)).toEqual([85, 10]);
  });

  it.each<[string, (jobs: NewJob[]) => NewJobs | (() => NewJobs)]>([
    ["read once", (jobs) => stream(jobs)],
    ["read as often as wanted", (jobs) => () => stream(jobs)],
    ["in memory", (jobs) => jobs],
  ])("goes on where it stopped, %s", async (_, form) => {
    for (const force of [false, true]) {
      const rig = await memoryRig({ submitChunk: 2 });
      const { queue, request, store } = rig;
      const submission = () => request([], { jobs: form(recordings(7)), force });
      for (const death of [3, 2]) {
        const dying = new JobQueue(breakingAt(store, death), { submitChunk: 2 });
        await expect(dying.submit(submission())).rejects.toThrow("killed");
      }
      expect(await theBatch(rig)).toMatchObject({ status: "Submitting", jobCount: 4 });
      expect(await queue.submit(submission())).toMatchObject({ created: 3, existing: 4 });
      const batch = await theBatch(rig);
      expect(batch).toMatchObject({ status: "Sealed", jobCount: 7 });
      expect(await sources(rig, batch.id)).toEqual(urls(7));
      await checkInvariants(store);
    }
  });

  it("leaves the batch open if the stream breaks off", async () => {
    const rig = await memoryRig({ submitChunk: 2 });
    const { queue, request } = rig;
    async function* failing(): AsyncGenerator<NewJob> {
      yield* recordings(5);
      throw new Error("no such recording");
    }
    const submission = queue.submit(request([], { jobs: failing() }));
    await expect(submission).rejects.toThrow("no such recording");
    expect(await theBatch(rig)).toMatchObject({ status: "Submitting", jobCount: 4 });
    await queue.submit(request([], { jobs: stream(recordings(5)) }));
    expect(await theBatch(rig)).toMatchObject({ status: "Sealed", jobCount: 5 });
  });

  it.each([false, true])(
    "stores a recording once that is named twice (force: %s)",
    async (force) => {
      const rig = await memoryRig({ submitChunk: 2 });
      const jobs = [...recordings(3), ...recordings(3), ...recordings(1)];
      const result = await rig.queue.submit(rig.request([], { jobs: stream(jobs), force }));
      expect(result).toMatchObject({ created: 3, existing: 4 });
      expect((await theBatch(rig)).jobCount).toBe(3);
    },
  );

  it("keeps all jobs back until a time, but for those that name one of their own", async () => {
    const { queue, request, clock } = await memoryRig();
    const [first, ...rest] = recordings(3);
    if (first === undefined) throw new Error("no recordings");
    const jobs = [{ ...first, notBefore: clock.time + 1_000 }, ...rest];
    await queue.submit(request(jobs, { notBefore: clock.time + 5_000 }));
    expect(await queue.backlog()).toMatchObject({ ready: 0, delayed: 3 });
    clock.advance(1_000);
    expect(await queue.promoteDue()).toEqual({ promoted: 1, nextInMs: 4_000 });
    expect((await claimBy(queue, "w")).source).toEqual(first.source);
  });

  it("changes the limit of the batch that it joins", async () => {
    const rig = await memoryRig();
    const { queue, request, store } = rig;
    await queue.submit(request(recordings(3)));
    await queue.submit(request(recordings(5), { maxRunning: 2 }));
    expect(await queue.backlog()).toMatchObject({ ready: 2, waiting: 3 });
    await queue.submit(request(recordings(5), { maxRunning: 4 }));
    expect((await queue.backlog()).ready).toBe(2);
    await queue.submit(request(recordings(6), { maxRunning: 4 }));
    expect(await queue.backlog()).toMatchObject({ ready: 4, waiting: 2 });
    await checkInvariants(store);
  });

  it("leaves the limit of another's batch as it is where admins are named", async () => {
    const { store, request } = await memoryRig();
    const queue = new JobQueue(store, { admins: ["root"] });
    const { batchId = "" } = await queue.submit(request(recordings(1), { submittedBy: "ada" }));
    const joining = request(recordings(2), { submittedBy: "eve", maxRunning: 1 });
    await expect(queue.submit(joining)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_NOT_ALLOWED",
      message: "eve may not limit what ada submitted",
    });
    expect(await queue.getLimit(batchId)).toBeUndefined();
    await checkInvariants(store);
  });

  it("names the job whose batch is gone and that would never end", async () => {
    const rig = await memoryRig();
    const { queue, request, store } = rig;
    await queue.submit(request(recordings(1)));
    const { id } = await theBatch(rig);
    await store.transact(async (tx) => tx.delete(BatchKeys.batch(id)));
    await expect(queue.submit(request(recordings(1)))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_BATCH_NOT_FOUND",
      message: expect.stringContaining(`whose batch ${id} is gone`),
    });
  });
});
