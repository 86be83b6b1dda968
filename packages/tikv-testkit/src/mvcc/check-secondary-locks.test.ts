import { beforeEach, expect, it } from "vitest";
import { bytes, text } from "../../test/client.js";
import { at, kinds, Mvcc } from "../../test/mvcc.js";
import { checkSecondaryLocks } from "./check-secondary-locks.js";

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
});

const check = (...keys: readonly string[]) =>
  checkSecondaryLocks(
    mvcc.engine,
    keys.map((key) => bytes(key)),
    at(1),
  );

it("finds all locks", () => {
  mvcc.prewrite(at(1), ["put a 1", "put b 1"], { useAsyncCommit: true });
  const status = check("a", "b");
  expect(status.kind === "locked" && [...status.locks.keys()].map((key) => text(key))).toEqual([
    "a",
    "b",
  ]);
});

it("finds that the transaction has committed", () => {
  mvcc.write(at(1), at(2), "put a 1", "put b 1");
  expect(check("a", "b")).toEqual({ kind: "committed", commitTs: at(2) });
});

it("keeps a key that was not locked from ever being, whatever holds it now", async () => {
  mvcc.prewrite(at(1), ["put a 1"], { useAsyncCommit: true });
  expect(check("a", "b")).toEqual({ kind: "rolled-back" });
  expect(kinds(mvcc.prewrite(at(1), ["put b 1"]).faults)).toEqual(["write-conflict"]);
  mvcc.prewrite(at(2), ["put c 1"]);
  expect(check("c")).toEqual({ kind: "rolled-back" });
  expect(mvcc.locks).toEqual({ a: "put", c: "put" });
  await mvcc.lock(at(1), at(1), ["d"]);
  expect(check("d")).toEqual({ kind: "rolled-back" });
  expect(mvcc.locks).toEqual({ a: "put", c: "put" });
  expect(check("d")).toEqual({ kind: "rolled-back" });
});
