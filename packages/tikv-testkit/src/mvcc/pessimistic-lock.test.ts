import { create } from "@bufbuild/protobuf";
import { kvrpcpb } from "@roboflow/tikv-proto";
import { beforeEach, describe, expect, it } from "vitest";
import { bytes, text } from "../../test/client.js";
import { at, Mvcc } from "../../test/mvcc.js";
import { pessimisticRollback } from "./pessimistic-lock.js";

const { Op, Assertion, PessimisticLockWakeUpMode: WakeUp, WriteConflict_Reason: Reason } = kvrpcpb;

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
});

const release = (startTs: bigint, ...keys: readonly string[]): void =>
  pessimisticRollback(
    mvcc.engine,
    create(kvrpcpb.PessimisticRollbackRequestSchema, {
      startVersion: startTs,
      forUpdateTs: startTs,
      keys: keys.map((key) => bytes(key)),
    }),
  );
/** Once a request waits that was just sent. */
const waiting = async (count = 1): Promise<void> => {
  await Promise.resolve();
  expect(mvcc.engine.waits.size).toBe(count);
};

describe("a pessimistic lock", () => {
  it("is had on all keys or none, and may be asked for again", async () => {
    mvcc.prewrite(at(1), ["put b 1"]);
    expect(await mvcc.lock(at(2), at(2), ["a", "b"])).toMatchObject({ fault: { kind: "locked" } });
    expect(mvcc.locks).toEqual({ b: "put" });
    expect(await mvcc.lock(at(2), at(2), ["a"])).toMatchObject({ kind: "ok" });
    expect(await mvcc.lock(at(2), at(3), ["a"])).toMatchObject({ kind: "ok" });
    expect(mvcc.engine.store.locks.get(bytes("a"))?.forUpdateTs).toBe(at(3));
  });

  it("is refused when somebody has written since the client looked", async () => {
    mvcc.write(at(1), at(5), "put a 1");
    expect(await mvcc.lock(at(2), at(4), ["a"])).toMatchObject({
      fault: { kind: "write-conflict", reason: Reason.PessimisticRetry, conflictCommitTs: at(5) },
    });
    expect(await mvcc.lock(at(2), at(5), ["a"])).toMatchObject({ kind: "ok" });
  });

  it("is refused after its own rollback", async () => {
    mvcc.rollBack(at(2), ["a"]);
    expect(await mvcc.lock(at(2), at(3), ["a"])).toMatchObject({ fault: { kind: "aborted" } });
  });

  it("reads values on the way", async () => {
    mvcc.write(at(1), at(2), "put a 1");
    const result = await mvcc.lock(at(3), at(3), ["a", "b"], { returnValues: true });
    const found =
      result.kind === "ok" &&
      result.keys.map(({ value, exists }) => [exists, value && text(value)]);
    expect(found).toEqual([
      [true, "1"],
      [false, undefined],
    ]);
    expect(mvcc.engine.maxTs).toBe(at(3));
  });

  it("is only for what exists, or only for what does not, when it says so", async () => {
    mvcc.write(at(1), at(2), "put a 1");
    const ifExists = { lockOnlyIfExists: true, returnValues: true };
    await mvcc.lock(at(3), at(3), ["a", "b"], ifExists);
    expect(mvcc.locks).toEqual({ a: "pessimistic" });
    const absent = (key: string) => ({
      mutations: [{ op: Op.PessimisticLock, key: bytes(key), assertion: Assertion.NotExist }],
    });
    expect(await mvcc.lock(at(3), at(3), [], absent("a"))).toMatchObject({
      fault: { kind: "already-exists" },
    });
    expect(await mvcc.lock(at(3), at(3), [], absent("c"))).toMatchObject({ kind: "ok" });
  });

  it("goes with a rollback of no newer one", async () => {
    await mvcc.lock(at(2), at(5), ["a"]);
    release(at(2), "a");
    expect(mvcc.locks).toEqual({ a: "pessimistic" });
    await mvcc.lock(at(3), at(3), ["b"]);
    release(at(3), "a", "b");
    expect(mvcc.locks).toEqual({ a: "pessimistic" });
  });
});

describe("a request that waits for a lock", () => {
  const patient = { waitTimeout: 60_000n };

  it("is told of a conflict when the lock goes away, to decide anew", async () => {
    await mvcc.lock(at(1), at(1), ["a"]);
    const second = mvcc.lock(at(2), at(2), ["a"], patient);
    await waiting();
    release(at(1), "a");
    expect(await second).toMatchObject({
      fault: { kind: "write-conflict", reason: Reason.PessimisticRetry, conflictStartTs: at(1) },
    });
    expect(mvcc.engine.waits.size).toBe(0);
  });

  it("gives up after its time, or at once if it has none", async () => {
    await mvcc.lock(at(1), at(1), ["a"]);
    const soon = await mvcc.lock(at(2), at(2), ["a"], { waitTimeout: 1n });
    expect(soon).toMatchObject({ fault: { kind: "locked", lock: { startTs: at(1) } } });
    const atOnce = await mvcc.lock(at(2), at(2), ["a"], { waitTimeout: -1n });
    expect(atOnce).toMatchObject({ fault: { kind: "locked" } });
  });

  it("wakes with all others of that key, the oldest first", async () => {
    await mvcc.lock(at(1), at(1), ["a"]);
    const woken: number[] = [];
    const waits = [3, 2].map(async (ms) => {
      await mvcc.lock(at(ms), at(ms), ["a"], patient);
      woken.push(ms);
    });
    await waiting(2);
    release(at(1), "a");
    await Promise.all(waits);
    expect(woken).toEqual([2, 3]);
  });

  it("locks over a newer version in wake-up mode force lock, and says so", async () => {
    mvcc.prewrite(at(1), ["put a 1"]);
    const forced = mvcc.lock(at(2), at(2), ["a"], {
      ...patient,
      wakeUpMode: WakeUp.WakeUpModeForceLock,
    });
    await waiting();
    mvcc.commit(at(1), at(3), "a");
    const result = await forced;
    expect(result.kind === "ok" && result.keys[0]).toMatchObject({
      conflictTs: at(3),
      value: bytes("1"),
      lock: { forUpdateTs: at(3), withConflict: true },
    });
  });

  it("is told of a deadlock instead of closing a circle", async () => {
    const later = { ...patient, isFirstLock: false };
    await mvcc.lock(at(1), at(1), ["a"]);
    await mvcc.lock(at(2), at(2), ["b"]);
    await mvcc.lock(at(3), at(3), ["c"]);
    const first = mvcc.lock(at(1), at(1), ["b"], later);
    const second = mvcc.lock(at(2), at(2), ["c"], later);
    await waiting(2);
    const third = await mvcc.lock(at(3), at(3), ["a"], later);
    const fault = third.kind === "fault" ? third.fault : undefined;
    expect(fault).toMatchObject({
      kind: "deadlock",
      lockTs: at(1),
      deadlock: { lockKey: bytes("a"), deadlockKey: bytes("c") },
    });
    const chain = fault?.kind === "deadlock" ? (fault.deadlock.waitChain ?? []) : [];
    expect(chain.map(({ txn, waitForTxn }) => [txn, waitForTxn])).toEqual([
      [at(1), at(2)],
      [at(2), at(3)],
      [at(3), at(1)],
    ]);
    release(at(3), "c");
    expect(await second).toMatchObject({ fault: { kind: "write-conflict" } });
    release(at(2), "b");
    expect(await first).toMatchObject({ fault: { kind: "write-conflict" } });
  });

  it("that ended makes no deadlock any more", async () => {
    const brief = { waitTimeout: 1n };
    await mvcc.lock(at(1), at(1), ["a"]);
    await mvcc.lock(at(2), at(2), ["b"]);
    await mvcc.lock(at(1), at(1), ["b"], brief);
    expect(await mvcc.lock(at(2), at(2), ["a"], brief)).toMatchObject({
      fault: { kind: "locked" },
    });
  });
});
