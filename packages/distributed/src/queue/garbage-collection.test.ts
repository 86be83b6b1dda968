import { newId } from "@roboflow/core";
import { TestCluster } from "@roboflow/tikv-testkit";
import { TransactionClient } from "tikv-client";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../store/memory-store.js";
import { TikvStore } from "../store/tikv-store.js";
import { runGarbageCollection } from "./garbage-collection.js";
import { acquireLock, type Leadership } from "./leader-lock.js";
import type { KvStore } from "../store/kv-store.js";

const MINUTE = 60_000;

async function lead(store: KvStore): Promise<Leadership> {
  const leadership = await acquireLock(store, { name: "gc", holder: newId(), leaseMs: MINUTE });
  if (leadership === undefined) throw new Error("the lock was free");
  return leadership;
}

const ms = (timestamp: bigint | undefined): number => Number((timestamp ?? 0n) >> 18n);

describe("garbage collection", () => {
  it("moves the safe point on with every round, and keeps what is younger", async () => {
    await using cluster = await TestCluster.start();
    cluster.clock.set(Date.UTC(2030, 0));
    await using store = await TikvStore.open(cluster.endpoints);
    const leadership = await lead(store);
    for (let round = 0; round < 2; round += 1) {
      const result = await runGarbageCollection(store, leadership, { keepMs: MINUTE });
      expect(result?.kind).toBe("collected");
      expect(ms(result?.safePoint)).toBe(cluster.clock.now() - MINUTE);
      cluster.clock.advance(5 * MINUTE);
    }
  });

  it("leaves it to whoever else does it, until that has stopped for a day", async () => {
    await using cluster = await TestCluster.start();
    cluster.clock.set(Date.UTC(2030, 0));
    await using store = await TikvStore.open(cluster.endpoints);
    await using other = await TransactionClient.connect({ endpoints: cluster.endpoints });
    const leadership = await lead(store);
    const round = () => runGarbageCollection(store, leadership, { keepMs: MINUTE });
    const theirs = await other.gc((await other.currentTimestamp()) - 1n);
    cluster.clock.advance(60 * MINUTE);
    expect(await round()).toEqual({ kind: "leftToOthers", safePoint: theirs });
    const next = await other.gc((await other.currentTimestamp()) - 1n);
    expect(await round()).toEqual({ kind: "leftToOthers", safePoint: next });
    cluster.clock.advance(23 * 60 * MINUTE);
    expect((await round())?.kind).toBe("leftToOthers");
    cluster.clock.advance(60 * MINUTE);
    expect((await round())?.kind).toBe("collected");
    cluster.clock.advance(2 * MINUTE);
    expect((await round())?.kind).toBe("collected");
  });

  it("is not done by a leader that was replaced", async () => {
    await using cluster = await TestCluster.start();
    cluster.clock.set(Date.UTC(2030, 0));
    await using store = await TikvStore.open(cluster.endpoints);
    const late = await lead(store);
    cluster.clock.advance(2 * MINUTE);
    await lead(store);
    const round = runGarbageCollection(store, late, { keepMs: MINUTE });
    await expect(round).rejects.toMatchObject({ code: "ERR_ROBOFLOW_LEASE_LOST" });
    await using client = await TransactionClient.connect({ endpoints: cluster.endpoints });
    expect(await client.gcSafePoint()).toBe(0n);
  });

  it("has nothing to do on a store that keeps no garbage", async () => {
    const store = new MemoryStore();
    expect(await runGarbageCollection(store, await lead(store))).toBeUndefined();
  });
});
