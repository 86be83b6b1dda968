import { once } from "node:events";
import { joinUrl } from "@roboflow/storage";
import { describe, expect, it, vi } from "vitest";
import { checkInvariants } from "../../test/queue/invariants.js";
import { DATASET, fakeConversion, readJson } from "../../test/worker/fake-conversion.js";
import { workerRig } from "../../test/worker/worker-rig.js";
import { BatchKeys, JobKeys, LockKeys, WorkerKeys } from "../keys/keys.js";
import type { KvStore } from "../store/kv-store.js";
import type { Convert } from "./conversion.js";

const NEWER = new TextEncoder().encode('{"version":2}');

/** Puts a record of a newer version there. */
const renew = (store: KvStore, key: Uint8Array): Promise<void> =>
  store.transact(async (tx) => tx.put(key, NEWER));

const isRenewed = async (store: KvStore, key: Uint8Array): Promise<boolean> =>
  Buffer.compare((await store.get(key)) ?? new Uint8Array(), NEWER) === 0;

describe("a worker older than some records", () => {
  it.each(["finalizer", "reaper"])(
    "leads no %s whose lock is newer, and works on",
    async (name) => {
      await using rig = await workerRig();
      const lock = LockKeys.lock(name);
      await renew(rig.store, lock);
      await rig.submit(await rig.record("text"));
      const worker = rig.worker();
      const run = worker.run();
      await rig.event("completed");
      await vi.waitUntil(() => rig.events.some(({ type }) => type === "idle"));
      expect(worker.health()).toMatchObject({ live: { ok: true }, ready: { ok: true } });
      await worker.stop();
      await run;
      expect(await isRenewed(rig.store, lock)).toBe(true);
    },
  );

  it("leaves a batch that is newer unpublished, and publishes the others", async () => {
    await using rig = await workerRig();
    const newer = await rig.submit(await rig.record("newer"));
    await rig.worker({ roles: ["worker"], untilDrained: true }).run();
    await renew(rig.store, BatchKeys.batch(newer));
    const { batchId: ours = "" } = await rig.queue.submit({
      output: joinUrl(rig.output, "other/"),
      configHash: rig.configHash,
      submittedBy: "ada",
      jobs: await rig.record("ours"),
    });
    await rig.worker({ untilDrained: true }).run();
    expect((await rig.queue.getBatch(ours)).status).toBe("Published");
    expect(await isRenewed(rig.store, BatchKeys.batch(newer))).toBe(true);
  });

  it("gives up a job whose record became newer while it ran, and works on", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("first", "second"));
    const { convert } = fakeConversion(rig.storage);
    let renewed = "";
    const worker = rig.worker({
      async convert(request, context) {
        if (renewed === "") {
          renewed = request.jobId;
          await renew(rig.store, JobKeys.job(renewed));
        }
        return convert(request, context);
      },
    });
    const run = worker.run();
    await rig.event("completed");
    await vi.waitUntil(() => worker.health().jobs.length === 0);
    await worker.drain();
    await run;
    expect(rig.events.find(({ type }) => type === "completed")).not.toMatchObject({
      job: { id: renewed },
    });
    expect(await isRenewed(rig.store, JobKeys.job(renewed))).toBe(true);
  });

  it("leaves workers that are newer alone, and what they hold", async () => {
    await using rig = await workerRig();
    await rig.submit(await rig.record("text"));
    const { id } = await rig.queue.registerWorker({
      id: "newer",
      host: "h",
      pid: 1,
      slots: 1,
      leaseMs: 1,
    });
    const held = await rig.queue.claim(id);
    await renew(rig.store, WorkerKeys.worker(id));
    await renew(rig.store, JobKeys.job(held?.id ?? ""));
    const worker = rig.worker({ leaseMs: 100 });
    const run = worker.run();
    await rig.event("idle");
    const reads = vi.spyOn(rig.store, "transact");
    // Some sweeps, each of which could take it.
    await vi.waitUntil(() => reads.mock.calls.length > 20);
    await worker.stop();
    await run;
    expect(rig.events.map(({ type }) => type)).not.toContain("reaped");
    expect(await isRenewed(rig.store, WorkerKeys.worker(id))).toBe(true);
    expect(await isRenewed(rig.store, JobKeys.job(held?.id ?? ""))).toBe(true);
  });
});

describe("a rolling upgrade", () => {
  it("hands over what the old worker had begun, with what it left, and counts no failure", async () => {
    await using rig = await workerRig();
    const batchId = await rig.submit(await rig.record("first", "second"));
    const conversion = fakeConversion(rig.storage);
    const begun = joinUrl("checkpoints", "0.json");
    const old: Convert = async ({ artifactUrl }, { signal, onProgress }) => {
      await rig.storage.put(joinUrl(artifactUrl, begun), new TextEncoder().encode("half"));
      onProgress({ framesDone: 1, framesTotal: 2 });
      if (!signal.aborted) await once(signal, "abort");
      throw new Error("stopped");
    };
    const found: string[] = [];
    const renewed: Convert = async (request, context) => {
      for (const earlier of request.resumeFrom) {
        const content = await rig.storage.readAll(joinUrl(earlier, begun));
        found.push(new TextDecoder().decode(content));
      }
      return conversion.convert(request, context);
    };
    const before = rig.worker({ convert: old, slots: 2, graceMs: 1 });
    const runs = [before.run()];
    await vi.waitUntil(() => rig.events.filter(({ type }) => type === "progress").length === 2);
    const after = rig.worker({ convert: renewed, untilDrained: true });
    runs.push(after.run());
    await before.drain();
    await Promise.all(runs);
    expect(found).toEqual(["half", "half"]);
    expect((await rig.queue.getBatch(batchId)).status).toBe("Published");
    const { jobs } = await rig.queue.listJobs({ batchId });
    for (const { failures, attempts } of jobs) {
      expect(failures).toBe(0);
      expect(attempts).toMatchObject([
        { outcome: "handedBack", worker: before.id },
        { outcome: "completed", worker: after.id },
      ]);
    }
    expect(await readJson(rig.storage, joinUrl(rig.output, DATASET))).toMatchObject({
      episodes: [{ text: "first" }, { text: "second" }],
    });
    await checkInvariants(rig.store);
  });
});
