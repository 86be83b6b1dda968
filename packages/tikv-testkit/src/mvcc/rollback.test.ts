import { beforeEach, expect, it } from "vitest";
import { bytes } from "../../test/client.js";
import { at, kinds, Mvcc } from "../../test/mvcc.js";

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
});

it("removes the lock and keeps the transaction from coming back", () => {
  mvcc.prewrite(at(1), ["put a 1"]);
  expect(mvcc.rollBack(at(1), ["a"])).toBeUndefined();
  expect(mvcc.locks).toEqual({});
  expect(mvcc.records("a")).toEqual(["rollback"]);
  expect(kinds(mvcc.prewrite(at(1), ["put a 1"]).faults)).toEqual(["write-conflict"]);
  expect(mvcc.get("a", at(9))).toBe("nothing");
});

it("may be repeated, and come before the prewrite", () => {
  expect(mvcc.rollBack(at(1), ["a"])).toBeUndefined();
  expect(mvcc.rollBack(at(1), ["a"])).toBeUndefined();
  expect(mvcc.records("a")).toEqual(["rollback"]);
});

it("fails for a transaction that has committed", () => {
  mvcc.write(at(1), at(2), "put a 1");
  expect(mvcc.rollBack(at(1), ["a"])).toEqual({
    kind: "committed",
    startTs: at(1),
    commitTs: at(2),
  });
});

it("leaves the lock of another transaction alone", () => {
  mvcc.prewrite(at(1), ["put a 1"]);
  expect(mvcc.rollBack(at(2), ["a"])).toBeUndefined();
  expect(mvcc.locks).toEqual({ a: "put" });
  expect(mvcc.commit(at(1), at(3), "a")).toBeUndefined();
});

it("waits for the time of the lock if it is told the time", () => {
  mvcc.prewrite(at(1), ["put a 1"], { lockTtl: 10n });
  expect(mvcc.rollBack(at(1), ["a"], { currentTs: at(11) })).toMatchObject({ kind: "locked" });
  expect(mvcc.rollBack(at(1), ["a"], { currentTs: at(12) })).toBeUndefined();
});

it("collapses the records of secondary keys, never the primary's", () => {
  mvcc.prewrite(at(1), ["put a 1", "put b 1"]);
  mvcc.rollBack(at(1), ["a", "b"]);
  mvcc.prewrite(at(2), ["put a 1", "put b 1"]);
  mvcc.rollBack(at(2), ["a", "b"]);
  expect(mvcc.records("a")).toEqual(["rollback", "rollback"]);
  expect(mvcc.records("b")).toEqual(["rollback"]);
});

it("marks the version of another transaction where its record would be", () => {
  mvcc.write(at(1), at(3), "put a 1");
  mvcc.rollBack(at(3), ["a"], { isProtected: true });
  expect(mvcc.records("a")).toEqual(["put"]);
  expect(mvcc.get("a", at(3))).toBe("1");
  expect(kinds(mvcc.prewrite(at(3), ["put a 2"]).faults)).toEqual(["write-conflict"]);
});

it("survives an async commit at its own time", () => {
  const { minCommitTs } = mvcc.prewrite(at(1), ["put a 1"], { useAsyncCommit: true });
  mvcc.rollBack(minCommitTs, ["a"], { isProtected: true });
  expect(mvcc.engine.store.locks.get(bytes("a"))?.rollbackTs).toEqual([minCommitTs]);
  expect(mvcc.commit(at(1), minCommitTs, "a")).toBeUndefined();
  expect(mvcc.engine.store.txnRecord(bytes("a"), minCommitTs)).toEqual({ kind: "rolled-back" });
});
