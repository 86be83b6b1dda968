import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, clientOp, Ledger } from "../../test/queue/client.js";
import { Comparison, queueOp } from "../../test/queue/comparison.js";
import { ENGINES } from "../../test/queue/engines.js";
import { checkInvariants } from "../../test/queue/invariants.js";
import { ManualClock, queueRig } from "../../test/queue/queue-rig.js";
import { ScheduledStore } from "../../test/queue/scheduled-store.js";
import { buildPrefix, keySegments, prefixRange } from "../keys/codec.js";
import type { KvStore } from "../store/kv-store.js";
import { checkStore } from "./check-store.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "roboflow-doctor-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const INDICES = new Set([
  "ready",
  "delayed",
  "waiting",
  "admitted",
  "status",
  "owned",
  "due",
  "outputs",
  "configrefs",
]);

/** Keys of index entries: what the doctor can make up from the records. */
async function indexKeys(store: KvStore): Promise<Uint8Array[]> {
  const keys: Uint8Array[] = [];
  for await (const { key } of store.scan(prefixRange(buildPrefix()))) {
    const [table = "", ...rest] = keySegments(key);
    if (INDICES.has(table) || (table === "batches" && rest.length > 1)) keys.push(key);
  }
  return keys;
}

/** A key of the same table for a job, worker or batch that there is not. */
function ghostOf(key: Uint8Array): Uint8Array {
  const text = Buffer.from(key).toString();
  return Buffer.from(text.replace(/[^/]+$/, (id) => id.replace(/.$/, "_")));
}

describe.each(ENGINES)("checkStore on $name", ({ open, runs }) => {
  it("brings back every index entry that was lost, and removes every one that was made up", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(queueOp, { minLength: 5, maxLength: 40, size: "max" }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (ops, lost, ghosts) => {
          const clock = new ManualClock();
          await using opened = await open(clock.read);
          const { store } = opened;
          const comparison = new Comparison(await queueRig(store), clock);
          await comparison.start();
          for (const next of ops) await comparison.run(next);
          expect((await checkStore(store)).findings).toEqual([]);
          const { jobs, batches } = await checkInvariants(store);
          const keys = await indexKeys(store);
          const at = (index: number): Uint8Array[] => keys.slice(index % keys.length).slice(0, 1);
          if (keys.length === 0) return;
          await store.transact(async (tx) => {
            for (const key of ghosts.flatMap(at)) tx.put(ghostOf(key), Buffer.from("1"));
            for (const key of lost.flatMap(at)) tx.delete(key);
          });
          const report = await checkStore(store, { fix: true });
          expect(report.findings.filter(({ repaired }) => !repaired)).toEqual([]);
          expect(await checkInvariants(store)).toEqual({ jobs, batches });
          expect((await checkStore(store)).findings).toEqual([]);
        },
      ),
      { numRuns: Math.ceil(runs / 2) },
    );
  }, 300_000);

  it("finds nothing wrong, and changes nothing, while a fleet is at work", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.array(clientOp, { minLength: 5, maxLength: 20, size: "max" }), {
          minLength: 1,
          maxLength: 2,
        }),
        fc.boolean(),
        async (scheduler, scripts, fix) => {
          const clock = new ManualClock();
          await using opened = await open(clock.read);
          const output = pathToFileURL(`${directory}/out/`).href;
          const rig = await queueRig(opened.store);
          const world = { raw: opened.store, rig, clock, ledger: new Ledger(), output };
          const never = (): boolean => false;
          const scheduled = (): KvStore => new ScheduledStore(opened.store, scheduler, never);
          const clients = scripts.map((ops, index) =>
            new Client(`client-${index}`, world, scheduled()).run([{ kind: "register" }, ...ops]),
          );
          const examined = checkStore(scheduled(), { fix });
          await scheduler.waitFor(Promise.all([...clients, examined]));
          expect((await examined).findings).toEqual([]);
          await checkInvariants(opened.store);
        },
      ),
      { numRuns: runs },
    );
  }, 300_000);
});
