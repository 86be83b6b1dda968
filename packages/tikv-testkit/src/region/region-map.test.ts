import { compareBytes } from "@roboflow/tikv-proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytes, text } from "../../test/client.js";
import { RegionMap } from "./region-map.js";
import { contains, leaderOf } from "./region.js";

const spans = (map: RegionMap): string[] =>
  map.all.map(({ startKey, endKey }) => `${text(startKey)}-${text(endKey)}`);

describe("regions", () => {
  it("start as one for all keys, with a peer on each store", () => {
    const map = new RegionMap([1n, 2n, 3n]);
    expect(spans(map)).toEqual(["-"]);
    expect(map.byKey(bytes("any")).peers.map(({ storeId }) => storeId)).toEqual([1n, 2n, 3n]);
    expect(leaderOf(map.byKey(bytes("")))?.storeId).toBe(1n);
  });

  it("split as in TiKV: the old id keeps the right part, all get one new version", () => {
    const map = new RegionMap([1n]);
    const { id } = map.byKey(bytes(""));
    map.split([bytes("m"), bytes("c"), bytes("m")]);
    expect(spans(map)).toEqual(["-c", "c-m", "m-"]);
    expect(map.all.map(({ version }) => version)).toEqual([3n, 3n, 3n]);
    expect(map.byKey(bytes("z")).id).toBe(id);
    expect(new Set(map.all.map((region) => region.id)).size).toBe(3);
  });

  it("don't split where one starts already", () => {
    const map = new RegionMap([1n]);
    map.split([bytes("m")]);
    expect(map.split([bytes("m"), bytes("")])).toEqual([]);
    expect(map.all.map(({ version }) => version)).toEqual([2n, 2n]);
  });

  it("merge with the next, into a version above both", () => {
    const map = new RegionMap([1n]);
    map.split([bytes("m")]);
    map.split([bytes("t")]);
    const merged = map.merge(bytes("a"));
    expect(spans(map)).toEqual(["-t", "t-"]);
    expect(merged.version).toBe(4n);
    map.merge(bytes("a"));
    expect(() => map.merge(bytes("a"))).toThrow("no next one");
  });

  it("change their leader without a new version", () => {
    const map = new RegionMap([1n, 2n]);
    const { id } = map.byKey(bytes(""));
    map.setLeader(id, 2n);
    expect(map.byId(id)).toMatchObject({ leaderStoreId: 2n, version: 1n });
    map.setLeader(id, undefined);
    expect(map.byId(id)?.leaderStoreId).toBeUndefined();
    expect(() => map.setLeader(id, 3n)).toThrow("no store 3");
  });

  it("hold every key exactly once after any splits and merges", () => {
    const key = fc.uint8Array({ maxLength: 4 });
    const change = fc.record({ kind: fc.constantFrom("split", "merge"), key });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), key, (changes, probe) => {
        const map = new RegionMap([1n, 2n]);
        for (const { kind, key: at } of changes) {
          if (kind === "split") {
            map.split([at]);
            expect(map.byKey(at).startKey).toEqual(at);
          } else if (map.byKey(at).endKey.length > 0) {
            map.merge(at);
          }
        }
        expect(map.all.filter((region) => contains(region, probe))).toEqual([map.byKey(probe)]);
        for (const region of map.all) {
          const before = map.before(region);
          expect(before?.endKey ?? bytes("")).toEqual(region.startKey);
          expect(before === undefined || compareBytes(before.startKey, region.startKey) < 0).toBe(
            true,
          );
        }
      }),
    );
  });
});
