import { kvrpcpb } from "@roboflow/tikv-proto";
import { beforeEach, describe, expect, it } from "vitest";
import { bytes, text } from "../../test/client.js";
import { at, Mvcc } from "../../test/mvcc.js";
import { readView, scan, type ScanRange } from "./read.js";
import { MAX_TS } from "./version-store.js";

const { IsolationLevel } = kvrpcpb;

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
});

describe("a read", () => {
  it("sees the newest version at its time", () => {
    mvcc.write(at(1), at(2), "put a 1");
    mvcc.write(at(3), at(4), "put a 2");
    mvcc.write(at(5), at(6), "delete a");
    expect([1, 2, 3, 4, 5, 6].map((ms) => mvcc.get("a", at(ms)))).toEqual([
      "nothing",
      "1",
      "1",
      "2",
      "2",
      "nothing",
    ]);
  });

  it("looks through records that are no versions", () => {
    mvcc.write(at(1), at(2), "put a 1");
    mvcc.write(at(3), at(4), "lock a");
    mvcc.rollBack(at(5), ["a"]);
    expect(mvcc.get("a", at(6))).toBe("1");
  });

  it("waits for a lock that may commit before it, and for no other", async () => {
    mvcc.prewrite(at(5), ["put a 1"]);
    expect(mvcc.get("a", at(4))).toBe("nothing");
    expect(mvcc.get("a", at(5))).toBe("locked");
    mvcc.prewrite(at(5), ["lock b"]);
    expect(mvcc.get("b", at(6))).toBe("nothing");
    await mvcc.lock(at(5), at(5), ["c"]);
    expect(mvcc.get("c", at(6))).toBe("nothing");
  });

  it("passes a lock that will commit after it", () => {
    mvcc.prewrite(at(1), ["put a 1"], { minCommitTs: at(9) });
    expect(mvcc.get("a", at(8))).toBe("nothing");
    expect(mvcc.get("a", at(9))).toBe("locked");
  });

  it("passes locks it knows to be resolved, and reads through those it knows to be committed", () => {
    mvcc.write(at(1), at(2), "put a 1");
    mvcc.prewrite(at(3), ["put a 2"]);
    expect(mvcc.get("a", at(4), { resolvedLocks: [at(3)] })).toBe("1");
    expect(mvcc.get("a", at(4), { committedLocks: [at(3)] })).toBe("2");
    mvcc.prewrite(at(3), ["delete b"]);
    expect(mvcc.get("b", at(4), { committedLocks: [at(3)] })).toBe("nothing");
  });

  it("does not wait for the primary's lock when it reads the newest", () => {
    mvcc.prewrite(at(1), ["put a 1", "put b 1"]);
    expect(mvcc.get("a", MAX_TS)).toBe("nothing");
    expect(mvcc.get("b", MAX_TS)).toBe("locked");
    mvcc.prewrite(at(1), ["put c 1"], { useAsyncCommit: true });
    expect(mvcc.get("c", MAX_TS)).toBe("locked");
  });

  it("takes no notice of locks at isolation level RC", () => {
    mvcc.prewrite(at(1), ["put a 1"]);
    expect(mvcc.get("a", at(2), { isolationLevel: IsolationLevel.RC })).toBe("nothing");
  });

  it("refuses newer versions and locks at isolation level RCCheckTS", () => {
    const isolationLevel = IsolationLevel.RCCheckTS;
    mvcc.write(at(1), at(4), "put a 1");
    expect(mvcc.get("a", at(4), { isolationLevel })).toBe("1");
    expect(mvcc.get("a", at(3), { isolationLevel })).toBe("write-conflict");
    mvcc.prewrite(at(5), ["put a 2"]);
    expect(mvcc.get("a", at(4), { isolationLevel })).toBe("write-conflict");
  });
});

describe("a scan", () => {
  const range: ScanRange = { start: bytes(""), end: undefined, reverse: false, limit: 100 };
  const scanned = (more: Partial<ScanRange> = {}, ts = at(9)): string[] =>
    scan(mvcc.engine, { ...range, ...more }, readView(ts, undefined)).map(({ key, result }) =>
      result.kind === "found" ? `${text(key)}=${text(result.value)}` : `${text(key)} is locked`,
    );

  beforeEach(() => {
    mvcc.write(at(1), at(2), "put a 1", "put b 1", "put c 1", "put d 1");
    mvcc.write(at(3), at(4), "delete b");
  });

  it("goes through what is there, forwards and backwards", () => {
    expect(scanned()).toEqual(["a=1", "c=1", "d=1"]);
    expect(scanned({ reverse: true })).toEqual(["d=1", "c=1", "a=1"]);
    expect(scanned({}, at(3))).toEqual(["a=1", "b=1", "c=1", "d=1"]);
  });

  it("starts with its lower bound and ends before its upper one", () => {
    const part = { start: bytes("a\0"), end: bytes("d") };
    expect(scanned(part)).toEqual(["c=1"]);
    expect(scanned({ ...part, reverse: true })).toEqual(["c=1"]);
    expect(scanned({ start: bytes("c"), end: bytes("c") })).toEqual([]);
    expect(scanned({ start: bytes("d"), end: bytes("a") })).toEqual([]);
  });

  it("counts values and locks towards its limit, not what is absent", () => {
    mvcc.prewrite(at(5), ["put bb 1"]);
    mvcc.prewrite(at(5), ["put b 1"]);
    expect(scanned({ limit: 3 })).toEqual(["a=1", "b is locked", "bb is locked"]);
    expect(scanned({ limit: 2, reverse: true })).toEqual(["d=1", "c=1"]);
    expect(scanned({ limit: 0 })).toEqual([]);
  });

  it("finds keys that have a lock and no version yet", () => {
    mvcc.prewrite(at(5), ["put e 1"]);
    expect(scanned({ start: bytes("d") })).toEqual(["d=1", "e is locked"]);
    expect(scanned({ start: bytes("d"), reverse: true })).toEqual(["e is locked", "d=1"]);
  });
});
