import { create } from "@bufbuild/protobuf";
import { kvrpcpb } from "@roboflow/tikv-proto";
import { beforeEach, expect, it } from "vitest";
import { bytes, contextOf } from "../../test/client.js";
import { checkBounds, checkContext, type RegionErrorInit } from "./check-context.js";
import { RegionMap } from "./region-map.js";

let map: RegionMap;
beforeEach(() => {
  map = new RegionMap([1n, 2n]);
});

type Context = ReturnType<typeof contextOf>;

const current = (key = "k"): Context => contextOf(map.byKey(bytes(key)));
const check = (storeId: bigint, context: Context): RegionErrorInit | undefined => {
  const result = checkContext(map, storeId, create(kvrpcpb.ContextSchema, context));
  return result.kind === "error" ? result.error : undefined;
};

it("takes what is right", () => {
  expect(check(1n, current())).toBeUndefined();
});

it("names the store that the request was meant for", () => {
  expect(check(2n, current())?.storeNotMatch).toEqual({
    requestStoreId: 1n,
    actualStoreId: 2n,
  });
});

it("does not know a region that is merged away", () => {
  map.split([bytes("m")]);
  const right = current("z");
  map.merge(bytes("a"));
  expect(check(1n, right)?.regionNotFound).toEqual({ regionId: right.regionId });
});

it("names the leader, if there is one", () => {
  const old = current();
  map.setLeader(old.regionId, 2n);
  expect(check(1n, old)?.notLeader).toEqual({ regionId: old.regionId, leader: current().peer });
  map.setLeader(old.regionId, undefined);
  expect(check(1n, old)?.notLeader).toEqual({ regionId: old.regionId });
});

it("knows its own peer", () => {
  const context = current();
  const wrong = { ...context, peer: { id: 99n, storeId: 1n } };
  expect(check(1n, wrong)?.mismatchPeerId?.storePeerId).toBe(context.peer?.id);
});

it("answers an old epoch with the region and the neighbour it may have been split from", () => {
  const old = current();
  map.split([bytes("m")]);
  const regions = check(1n, old)?.epochNotMatch?.currentRegions ?? [];
  expect(regions.map(({ startKey, endKey }) => [startKey, endKey])).toEqual([
    [bytes("m"), bytes("")],
    [bytes(""), bytes("m")],
  ]);
});

it("takes keys of the region only", () => {
  map.split([bytes("m")]);
  const left = map.byKey(bytes("a"));
  const key = (name: string) => ({ key: bytes(name), bound: bytes(name) });
  expect(checkBounds(left, [key("a"), key("l")])).toBeUndefined();
  expect(checkBounds(left, [key("a"), key("m")])?.keyNotInRegion).toEqual({
    key: bytes("m"),
    regionId: left.id,
    startKey: bytes(""),
    endKey: bytes("m"),
  });
});
