import { beforeEach, expect, it } from "vitest";
import { at, Mvcc } from "../../test/mvcc.js";

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
});

it("makes a version of the lock", () => {
  mvcc.prewrite(at(1), ["put a 1", "delete b", "lock c"]);
  expect(mvcc.commit(at(1), at(2), "a", "b", "c")).toBeUndefined();
  expect(mvcc.locks).toEqual({});
  expect(["a", "b", "c"].map((key) => mvcc.records(key))).toEqual([["put"], ["delete"], ["lock"]]);
  expect(mvcc.get("a", at(2))).toBe("1");
});

it("may be repeated", () => {
  mvcc.write(at(1), at(2), "put a 1");
  expect(mvcc.commit(at(1), at(2), "a")).toBeUndefined();
  expect(mvcc.records("a")).toEqual(["put"]);
});

it("fails without the lock: never prewritten, rolled back, or another's", () => {
  expect(mvcc.commit(at(1), at(2), "a")).toMatchObject({ kind: "lock-not-found" });
  mvcc.rollBack(at(1), ["a"]);
  expect(mvcc.commit(at(1), at(2), "a")).toMatchObject({ kind: "lock-not-found" });
  mvcc.prewrite(at(3), ["put a 1"]);
  expect(mvcc.commit(at(1), at(4), "a")).toMatchObject({ kind: "lock-not-found" });
});

it("fails below the time the lock allows, and commits nothing then", () => {
  mvcc.prewrite(at(1), ["put a 1"]);
  mvcc.prewrite(at(1), ["put b 1"], { minCommitTs: at(5) });
  expect(mvcc.commit(at(1), at(4), "a", "b")).toMatchObject({
    kind: "commit-ts-expired",
    minCommitTs: at(5),
  });
  expect(mvcc.locks).toEqual({ a: "put", b: "put" });
  expect(mvcc.commit(at(1), at(5), "a", "b")).toBeUndefined();
});

it("removes a pessimistic lock instead of committing it", async () => {
  await mvcc.lock(at(1), at(1), ["a"]);
  expect(mvcc.commit(at(1), at(2), "a")).toBeUndefined();
  expect(mvcc.locks).toEqual({});
  expect(mvcc.records("a")).toEqual([]);
});
