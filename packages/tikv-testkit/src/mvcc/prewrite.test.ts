import { kvrpcpb } from "@roboflow/tikv-proto";
import { beforeEach, describe, expect, it } from "vitest";
import { bytes } from "../../test/client.js";
import { at, kinds, Mvcc } from "../../test/mvcc.js";

const { Assertion, AssertionLevel, Op, WriteConflict_Reason: Reason } = kvrpcpb;
const { PrewriteRequest_PessimisticAction: Action } = kvrpcpb;

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
});

describe("an optimistic prewrite", () => {
  it("locks all keys of the request or none", () => {
    mvcc.prewrite(at(1), ["put b 1"]);
    const { faults } = mvcc.prewrite(at(2), ["put a 1", "put b 2", "delete c"]);
    expect(kinds(faults)).toEqual(["locked"]);
    expect(mvcc.locks).toEqual({ b: "put" });
  });

  it("names every lock in its way", () => {
    mvcc.prewrite(at(1), ["put a 1", "lock b"]);
    expect(kinds(mvcc.prewrite(at(2), ["put a 2", "put b 2"]).faults)).toEqual([
      "locked",
      "locked",
    ]);
  });

  it("conflicts with a version newer than its start, not with one at its start", () => {
    mvcc.write(at(1), at(5), "put a 1");
    const [fault] = mvcc.prewrite(at(4), ["put a 2"]).faults;
    expect(fault).toMatchObject({
      kind: "write-conflict",
      conflictStartTs: at(1),
      conflictCommitTs: at(5),
      reason: Reason.Optimistic,
    });
    expect(mvcc.prewrite(at(5), ["put a 2"]).faults).toEqual([]);
  });

  it("conflicts with its own rollback", () => {
    mvcc.rollBack(at(3), ["a"]);
    const [fault] = mvcc.prewrite(at(3), ["put a 1"]).faults;
    expect(fault).toMatchObject({ kind: "write-conflict", reason: Reason.SelfRolledBack });
  });

  it("may come again: while it is locked, and after the commit", () => {
    mvcc.prewrite(at(1), ["put a 1"]);
    expect(mvcc.prewrite(at(1), ["put a 1"]).faults).toEqual([]);
    mvcc.commit(at(1), at(2), "a");
    expect(mvcc.prewrite(at(1), ["put a 1"]).faults).toEqual([]);
    expect(mvcc.locks).toEqual({});
  });

  it("inserts only what is absent", () => {
    mvcc.write(at(1), at(2), "put a 1");
    expect(kinds(mvcc.prewrite(at(3), ["insert a 2"]).faults)).toEqual(["already-exists"]);
    mvcc.write(at(4), at(5), "delete a");
    expect(mvcc.prewrite(at(6), ["insert a 2"]).faults).toEqual([]);
    expect(mvcc.locks).toEqual({ a: "put" });
  });

  it("finds a value under records that are none", () => {
    mvcc.write(at(1), at(2), "put a 1");
    mvcc.write(at(3), at(4), "lock a");
    mvcc.rollBack(at(5), ["a"]);
    expect(kinds(mvcc.prewrite(at(6), ["insert a 2"]).faults)).toEqual(["already-exists"]);
  });

  it("checks that a key is absent without locking it", () => {
    mvcc.write(at(1), at(2), "put a 1");
    expect(kinds(mvcc.prewrite(at(3), ["check a"]).faults)).toEqual(["already-exists"]);
    expect(mvcc.prewrite(at(3), ["check b"]).faults).toEqual([]);
    expect(mvcc.locks).toEqual({});
  });

  it("keeps an empty value", () => {
    mvcc.write(at(1), at(2), "put a ");
    expect(mvcc.get("a", at(3))).toBe("");
    expect(mvcc.get("b", at(3))).toBe("nothing");
  });

  it.each([
    { assertion: Assertion.Exist, key: "absent", isRight: false },
    { assertion: Assertion.NotExist, key: "absent", isRight: true },
    { assertion: Assertion.Exist, key: "present", isRight: true },
    { assertion: Assertion.NotExist, key: "present", isRight: false },
  ])("asserts $assertion of a key that is $key", ({ assertion, key, isRight }) => {
    mvcc.write(at(1), at(2), "put present 1");
    const mutations = [{ op: Op.Put, key: bytes(key), value: bytes("2"), assertion }];
    const off = mvcc.prewrite(at(3), [], { mutations, assertionLevel: AssertionLevel.Off });
    expect(off.faults).toEqual([]);
    mvcc.rollBack(at(3), [key]);
    const strict = mvcc.prewrite(at(4), [], { mutations, assertionLevel: AssertionLevel.Strict });
    expect(kinds(strict.faults)).toEqual(isRight ? [] : ["assertion-failed"]);
  });
});

describe("an async commit", () => {
  it("lands above every read so far, on all its keys", () => {
    mvcc.engine.raiseMaxTs(at(9));
    const { minCommitTs } = mvcc.prewrite(at(1), ["put a 1", "put b 1"], {
      useAsyncCommit: true,
      secondaries: [bytes("b")],
    });
    expect(minCommitTs).toBe(at(9) + 1n);
    const locks = [...mvcc.engine.store.locks.values()];
    expect(locks.map(({ asyncCommit }) => asyncCommit)).toEqual([true, true]);
    expect(locks.map(({ secondaries }) => secondaries.length)).toEqual([1, 0]);
  });

  it("lands no lower than the client says", () => {
    const { minCommitTs } = mvcc.prewrite(at(1), ["put a 1"], {
      useAsyncCommit: true,
      minCommitTs: at(7),
    });
    expect(minCommitTs).toBe(at(7));
  });

  it("falls back to two phases above what the client allows, for all keys to come", () => {
    const first = mvcc.prewrite(at(1), ["put a 1"], { useAsyncCommit: true });
    expect(first.minCommitTs).not.toBe(0n);
    mvcc.engine.raiseMaxTs(at(9));
    const { minCommitTs } = mvcc.prewrite(at(1), ["put b 1", "put c 1"], {
      useAsyncCommit: true,
      maxCommitTs: at(5),
    });
    expect(minCommitTs).toBe(0n);
    const modes = [...mvcc.engine.store.locks.values()].map(({ asyncCommit }) => asyncCommit);
    expect(modes).toEqual([true, false, false]);
  });

  it("answers a repeated request as before", () => {
    const request = { useAsyncCommit: true };
    const { minCommitTs } = mvcc.prewrite(at(1), ["put a 1"], request);
    mvcc.engine.raiseMaxTs(at(9));
    expect(mvcc.prewrite(at(1), ["put a 1"], request).minCommitTs).toBe(minCommitTs);
    mvcc.commit(at(1), minCommitTs, "a");
    expect(mvcc.prewrite(at(1), ["put a 1"], request).minCommitTs).toBe(minCommitTs);
  });
});

describe("a one-phase commit", () => {
  it("commits at once above every read so far", () => {
    mvcc.engine.raiseMaxTs(at(9));
    const { onePcCommitTs } = mvcc.prewrite(at(1), ["put a 1", "delete b"], { tryOnePc: true });
    expect(onePcCommitTs).toBe(at(9) + 1n);
    expect(mvcc.locks).toEqual({});
    expect(mvcc.get("a", at(10))).toBe("1");
    expect(mvcc.get("a", at(9))).toBe("nothing");
  });

  it("leaves locks when it would land above what the client allows", () => {
    mvcc.engine.raiseMaxTs(at(9));
    const { onePcCommitTs } = mvcc.prewrite(at(1), ["put a 1", "put b 1"], {
      tryOnePc: true,
      useAsyncCommit: true,
      maxCommitTs: at(5),
    });
    expect(onePcCommitTs).toBe(0n);
    expect(mvcc.locks).toEqual({ a: "put", b: "put" });
    expect(mvcc.records("a")).toEqual([]);
  });

  it("answers a repeated request with the time it has committed at", () => {
    const first = mvcc.prewrite(at(1), ["put a 1"], { tryOnePc: true });
    const again = mvcc.prewrite(at(1), ["put a 1"], { tryOnePc: true });
    expect(again.onePcCommitTs).toBe(first.onePcCommitTs);
    expect(mvcc.records("a")).toEqual(["put"]);
  });

  it("takes the place of a pessimistic lock", async () => {
    await mvcc.lock(at(1), at(2), ["a"]);
    const { onePcCommitTs } = mvcc.prewrite(at(1), ["put a 1"], {
      tryOnePc: true,
      forUpdateTs: at(2),
      pessimisticActions: [Action.DO_PESSIMISTIC_CHECK],
    });
    expect(onePcCommitTs).toBe(at(2) + 1n);
    expect(mvcc.locks).toEqual({});
  });
});

describe("a pessimistic prewrite", () => {
  const request = {
    forUpdateTs: at(5),
    pessimisticActions: [Action.DO_PESSIMISTIC_CHECK],
  };

  it("turns a pessimistic lock into one that can be committed, keeping the longer time", async () => {
    await mvcc.lock(at(1), at(5), ["a"], { lockTtl: 9_000n });
    expect(mvcc.prewrite(at(1), ["put a 1"], request).faults).toEqual([]);
    expect(mvcc.engine.store.locks.get(bytes("a"))).toMatchObject({
      kind: "put",
      ttlMs: 9_000n,
      forUpdateTs: at(5),
    });
  });

  it("goes on without the lock if nobody has written since", () => {
    mvcc.write(at(1), at(2), "put a 0");
    expect(mvcc.prewrite(at(3), ["put a 1"], request).faults).toEqual([]);
  });

  it("fails when the lock is lost and somebody has written, or holds the key", () => {
    mvcc.write(at(3), at(4), "put a 0");
    const written = mvcc.prewrite(at(2), ["put a 1"], request);
    expect(kinds(written.faults)).toEqual(["pessimistic-lock-not-found"]);
    mvcc.prewrite(at(6), ["put a 2"]);
    const held = mvcc.prewrite(at(5), ["put a 1"], request);
    expect(kinds(held.faults)).toEqual(["pessimistic-lock-not-found"]);
  });

  it("fails when the lock is another than expected", async () => {
    await mvcc.lock(at(1), at(5), ["a"]);
    const { faults } = mvcc.prewrite(at(1), ["put a 1"], {
      ...request,
      forUpdateTsConstraints: [{ index: 0, expectedForUpdateTs: at(4) }],
    });
    expect(kinds(faults)).toEqual(["pessimistic-lock-not-found"]);
  });

  it("lets foreign locks on keys it has not locked be resolved at once", () => {
    mvcc.prewrite(at(1), ["put b 1"]);
    const { faults } = mvcc.prewrite(at(2), ["put b 2"], { forUpdateTs: at(5) });
    expect(faults[0]).toMatchObject({ kind: "locked", lock: { ttlMs: 0n } });
  });

  it("checks keys late that it was told to check late", () => {
    mvcc.write(at(3), at(4), "put b 1");
    const lazy = { forUpdateTs: at(5), pessimisticActions: [Action.DO_CONSTRAINT_CHECK] };
    const [fault] = mvcc.prewrite(at(2), ["put b 2"], lazy).faults;
    expect(fault).toMatchObject({ reason: Reason.LazyUniquenessCheck });
  });

  it("fails an optimistic prewrite of a key that is locked pessimistically by itself", async () => {
    await mvcc.lock(at(1), at(1), ["a"]);
    expect(kinds(mvcc.prewrite(at(1), ["put a 1"]).faults)).toEqual(["aborted"]);
  });
});
