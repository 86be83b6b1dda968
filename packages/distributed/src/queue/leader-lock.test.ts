import { describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { ManualClock } from "../../test/queue/queue-rig.js";
import { MemoryStore } from "../store/memory-store.js";
import {
  acquireLock,
  isLeader,
  releaseLock,
  renewLock,
  requireLeadership,
  type Leadership,
} from "./leader-lock.js";

const LEASE_MS = 1_000;
const wish = (holder: string) => ({ name: "toy", holder, leaseMs: LEASE_MS });
const lost = { code: "ERR_ROBOFLOW_LEASE_LOST" };

async function led(): Promise<{ store: MemoryStore; clock: ManualClock; first: Leadership }> {
  const clock = new ManualClock();
  const store = new MemoryStore({ clock: clock.read, random: () => 0 });
  const first = await acquireLock(store, wish("first"));
  if (first === undefined) throw new Error("the lock was free");
  return { store, clock, first };
}

describe("leader lock", () => {
  it("has one holder until its lease runs out, then goes on with a higher token", async () => {
    const { store, clock, first } = await led();
    clock.advance(LEASE_MS - 1);
    expect(await acquireLock(store, wish("second"))).toBeUndefined();
    clock.advance(1);
    expect(await isLeader(store, first)).toBe(true);
    expect(await acquireLock(store, wish("second"))).toMatchObject({ token: first.token + 1 });
    expect(await isLeader(store, first)).toBe(false);
    await expect(renewLock(store, first)).rejects.toMatchObject(lost);
  });

  it("keeps its token when renewed", async () => {
    const { store, clock, first } = await led();
    clock.advance(LEASE_MS / 2);
    expect(await acquireLock(store, wish("first"))).toEqual({ ...first, renewedAt: clock.time });
    clock.advance(LEASE_MS - 1);
    await renewLock(store, first);
    clock.advance(LEASE_MS - 1);
    expect(await acquireLock(store, wish("second"))).toBeUndefined();
  });

  it("is free at once when released, but not by a late holder", async () => {
    const { store, clock, first } = await led();
    await releaseLock(store, first);
    const second = await acquireLock(store, wish("second"));
    expect(second).toMatchObject({ token: first.token + 1, acquiredAt: clock.time });
    await releaseLock(store, first);
    expect(await acquireLock(store, wish("third"))).toBeUndefined();
  });

  it("is taken by one of several that try at once", async () => {
    const store = new MemoryStore({ random: () => 0 });
    const tries = ["a", "b", "c", "d"].map((holder) => acquireLock(store, wish(holder)));
    const leaders = (await Promise.all(tries)).filter((leadership) => leadership !== undefined);
    expect(leaders).toHaveLength(1);
  });

  it("guards a transaction against a leader who takes over before it commits", async () => {
    const { store, clock, first } = await led();
    clock.advance(LEASE_MS);
    const racing = new BeforeCommit(store, () => acquireLock(store, wish("second")));
    const key = new TextEncoder().encode("/decision");
    const decision = racing.transact(async (tx) => {
      await requireLeadership(tx, first);
      tx.put(key, new TextEncoder().encode("1"));
    });
    await expect(decision).rejects.toMatchObject(lost);
    expect(await store.get(key)).toBeUndefined();
  });
});
