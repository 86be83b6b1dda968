import { create } from "@bufbuild/protobuf";
import { metapb } from "@roboflow/tikv-proto";
import { expect, test } from "vitest";
import { keyCodecV1 } from "../key-codec.js";
import { PeerSelector } from "./peer-selector.js";
import { RegionEntry } from "./region-entry.js";
import type { Store } from "./store.js";

function regionOfThree(): RegionEntry {
  const peers = [1n, 2n, 3n].map((storeId) => ({ id: storeId + 10n, storeId }));
  const meta = create(metapb.RegionSchema, { id: 1n, peers });
  return new RegionEntry(meta, meta.peers[1], keyCodecV1("raw"), 0);
}

test("the leader first and again, then each other peer once", () => {
  const region = regionOfThree();
  const selector = new PeerSelector(region);
  expect(selector.next()).toBe(1);
  selector.tried(1);
  expect(selector.next()).toBe(1);
  selector.exclude(1);
  expect(selector.next()).toBe(2);
  selector.tried(2);
  expect(selector.next()).toBe(0);
  selector.tried(0);
  expect(selector.next()).toBeUndefined();
});

test("a leader is not asked for ever", () => {
  const selector = new PeerSelector(regionOfThree());
  for (let i = 0; i < 10; i++) selector.tried(1);
  expect(selector.next()).toBe(2);
});

test("one that a server names is asked again; one that can't be reached is left out", () => {
  const region = regionOfThree();
  const selector = new PeerSelector(region);
  selector.exclude(1);
  const named = region.peers[1];
  if (named !== undefined) region.setLeader(named);
  selector.named(1);
  expect(selector.next()).toBe(1);
  region.stores[1] = { reachable: false } as Store;
  expect(selector.next()).toBe(2);
});

test("learners and witnesses are never asked", () => {
  const meta = create(metapb.RegionSchema, {
    id: 1n,
    peers: [
      { id: 1n, storeId: 1n, role: metapb.PeerRole.Learner },
      { id: 2n, storeId: 2n, isWitness: true },
      { id: 3n, storeId: 3n },
    ],
  });
  const region = new RegionEntry(meta, undefined, keyCodecV1("raw"), 0);
  expect(region.peers.map(({ id }) => id)).toEqual([3n]);
});
