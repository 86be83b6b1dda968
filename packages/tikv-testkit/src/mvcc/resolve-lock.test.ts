import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { kvrpcpb } from "@roboflow/tikv-proto";
import { beforeEach, describe, expect, it } from "vitest";
import { bytes, text } from "../../test/client.js";
import { at, Mvcc } from "../../test/mvcc.js";
import type { KeySpan } from "../key-span.js";
import { resolveLocks, scanLocks } from "./resolve-lock.js";

const ALL: KeySpan = { start: bytes(""), end: undefined };

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
  mvcc.prewrite(at(1), ["put a 1", "put b 1", "put c 1"]);
  mvcc.prewrite(at(2), ["put d 2"]);
});

const resolve = (
  init: MessageInitShape<typeof kvrpcpb.ResolveLockRequestSchema>,
  span: KeySpan = ALL,
) => resolveLocks(mvcc.engine, create(kvrpcpb.ResolveLockRequestSchema, init), span);

describe("resolving locks", () => {
  it("commits or rolls back all locks of a transaction in the region", () => {
    resolve({ startVersion: at(1), commitVersion: at(3) }, { start: bytes(""), end: bytes("c") });
    expect(mvcc.locks).toEqual({ c: "put", d: "put" });
    expect(mvcc.get("a", at(3))).toBe("1");
    resolve({ startVersion: at(1) });
    expect(mvcc.locks).toEqual({ d: "put" });
    expect(mvcc.records("c")).toEqual(["rollback"]);
  });

  it("takes only the keys that it is given", () => {
    resolve({ startVersion: at(1), commitVersion: at(3), keys: [bytes("b")] });
    expect(mvcc.locks).toEqual({ a: "put", c: "put", d: "put" });
  });

  it("takes several transactions at once", () => {
    resolve({
      txnInfos: [
        { txn: at(1), status: at(3) },
        { txn: at(2), status: 0n },
      ],
    });
    expect(mvcc.locks).toEqual({});
    expect(mvcc.get("d", at(9))).toBe("nothing");
    expect(mvcc.get("c", at(9))).toBe("1");
  });

  it("fails for what contradicts the records", () => {
    expect(resolve({ startVersion: at(1), commitVersion: at(1) })).toMatchObject({
      kind: "aborted",
    });
    mvcc.commit(at(1), at(3), "a");
    expect(resolve({ startVersion: at(1), keys: [bytes("a")] })).toMatchObject({
      kind: "committed",
    });
    const missing = { startVersion: at(5), commitVersion: at(6), keys: [bytes("a")] };
    expect(resolve(missing)).toMatchObject({ kind: "lock-not-found" });
  });
});

describe("a scan of locks", () => {
  const scanned = (span: KeySpan, maxTs: bigint, limit: number): string[] =>
    [...scanLocks(mvcc.engine, span, maxTs, limit).keys()].map((key) => text(key));

  it("finds those at or before a time, in a span, up to a limit", () => {
    expect(scanned(ALL, at(2), 0)).toEqual(["a", "b", "c", "d"]);
    expect(scanned(ALL, at(1), 0)).toEqual(["a", "b", "c"]);
    expect(scanned(ALL, at(2), 2)).toEqual(["a", "b"]);
    expect(scanned({ start: bytes("b"), end: bytes("d") }, at(2), 0)).toEqual(["b", "c"]);
  });

  it("counts as a read: nothing may commit below it", () => {
    scanned(ALL, at(7), 0);
    expect(mvcc.engine.maxTs).toBe(at(7));
  });
});
