import { create } from "@bufbuild/protobuf";
import { metapb } from "@roboflow/tikv-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Backoff } from "../backoff/backoff.js";
import { CallBackoff } from "../backoff/call-backoff.js";
import type { Cluster } from "../cluster.js";
import { keyCodecV1 } from "../key-codec.js";
import { Lifetime } from "../lifetime.js";
import { RegionEntry } from "../region/region-entry.js";
import { cutBatches, sendBatches } from "./batches.js";

const region = new RegionEntry(
  create(metapb.RegionSchema, { id: 1n, peers: [{ id: 1n, storeId: 1n }] }),
  undefined,
  keyCodecV1("raw"),
  0,
);

test("batches keep the order, lose nothing, and stay within both limits", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 1500 });
  fc.assert(
    fc.property(sizes, (bytes) => {
      const indexes = bytes.map((_, index) => index);
      const batches = cutBatches(region, indexes, (index) => bytes[index] ?? 0);
      expect(batches.flatMap((batch) => batch.indexes)).toEqual(indexes);
      for (const batch of batches) {
        const total = batch.indexes.reduce((sum, index) => sum + (bytes[index] ?? 0), 0);
        expect(batch.indexes.length).toBeGreaterThan(0);
        expect(batch.indexes.length).toBeLessThanOrEqual(512);
        expect(batch.indexes.length === 1 || total <= 16 * 1024).toBe(true);
      }
    }),
  );
});

/** One region; what `group` is asked for is recorded. */
function oneRegion() {
  const grouped: number[] = [];
  const cluster = {
    group: async (_backoff: Backoff, keys: readonly Uint8Array[]) => {
      grouped.push(keys.length);
      return [{ region, indexes: keys.map((_, index) => index) }];
    },
  } as unknown as Cluster;
  const backoff = new CallBackoff({ lifetime: new Lifetime(), hooks: {} }, 100, undefined);
  const keys = Array.from({ length: 1200 }, (_, index) => Uint8Array.of(index >> 8, index & 255));
  return { grouped, cluster, backoff, keys };
}

test("what a region that has changed did not take is grouped anew, and only that", async () => {
  const { grouped, cluster, backoff, keys } = oneRegion();
  const retries: boolean[] = [];
  const done: number[] = [];
  let calls = 0;
  await sendBatches(
    cluster,
    backoff,
    keys,
    () => 0,
    async (_fork, _batch, isRetry) => {
      retries.push(isRetry);
      return ++calls === 2 ? { kind: "stale" } : { kind: "reply", reply: calls };
    },
    ({ indexes }) => done.push(...indexes),
  );
  expect(grouped).toEqual([1200, 512]);
  expect(retries).toEqual([false, false, false, true]);
  expect(done.toSorted((a, b) => a - b)).toEqual(keys.map((_, index) => index));
});

test("the first error is thrown once nothing is under way any more", async () => {
  const { cluster, backoff, keys } = oneRegion();
  let underWay = 0;
  let calls = 0;
  const sending = sendBatches(
    cluster,
    backoff,
    keys,
    () => 0,
    async () => {
      underWay++;
      const call = ++calls;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      underWay--;
      throw new Error(`call ${call}`);
    },
    () => {},
  );
  await expect(sending).rejects.toThrow("call 1");
  expect(underWay).toBe(0);
});
