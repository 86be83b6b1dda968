import { beforeEach, describe, expect, it } from "vitest";
import { bytes } from "../../test/client.js";
import { at, Mvcc } from "../../test/mvcc.js";
import { MAX_TS } from "./version-store.js";

let mvcc: Mvcc;
beforeEach(() => {
  mvcc = new Mvcc();
});

const status = (kind: string, more: object = {}): object => ({
  kind: "status",
  status: { kind, ...more },
});

describe("the status of a transaction", () => {
  it("that has ended is how it ended", () => {
    mvcc.write(at(1), at(2), "put a 1");
    expect(mvcc.status("a", at(1))).toEqual(status("committed", { commitTs: at(2) }));
    mvcc.rollBack(at(3), ["a"]);
    expect(mvcc.status("a", at(3))).toEqual(status("rolled-back"));
  });

  it("whose lock has its time is alive", () => {
    mvcc.prewrite(at(1), ["put a 1"], { lockTtl: 10n });
    const alive = mvcc.status("a", at(1), { currentTs: at(11) });
    expect(alive).toMatchObject(status("alive", { pushed: false }));
    expect(mvcc.locks).toEqual({ a: "put" });
  });

  it("whose lock has expired is rolled back", () => {
    mvcc.prewrite(at(1), ["put a 1"], { lockTtl: 10n });
    expect(mvcc.status("a", at(1), { currentTs: at(12) })).toEqual(status("expired"));
    expect(mvcc.locks).toEqual({});
    expect(mvcc.status("a", at(1))).toEqual(status("rolled-back"));
  });

  it("that may be pushed commits after the caller's reads", () => {
    mvcc.prewrite(at(1), ["put a 1"], { minCommitTs: at(1) + 1n });
    const pushed = mvcc.status("a", at(1), { callerStartTs: at(5), currentTs: at(3) });
    expect(pushed).toMatchObject(status("alive", { pushed: true }));
    expect(mvcc.commit(at(1), at(5), "a")).toMatchObject({
      kind: "commit-ts-expired",
      minCommitTs: at(5) + 1n,
    });
    mvcc.status("a", at(1), { callerStartTs: at(6), currentTs: at(8) });
    expect(mvcc.engine.store.locks.get(bytes("a"))?.minCommitTs).toBe(at(8));
  });

  it("that may not be pushed stays as it is", () => {
    mvcc.prewrite(at(1), ["put a 1"]);
    const alive = mvcc.status("a", at(1), { callerStartTs: at(5), currentTs: at(5) });
    expect(alive).toMatchObject(status("alive", { pushed: false }));
    const newest = mvcc.status("a", at(1), { callerStartTs: MAX_TS, currentTs: at(5) });
    expect(newest).toMatchObject(status("alive", { pushed: true }));
    expect(mvcc.engine.store.locks.get(bytes("a"))?.minCommitTs).toBe(0n);
    expect(mvcc.engine.maxTs).toBe(at(5));
  });

  it("with an async commit is left to its secondaries, unless it has fallen back", () => {
    mvcc.prewrite(at(1), ["put a 1"], { useAsyncCommit: true, lockTtl: 10n });
    const late = { currentTs: at(99) };
    expect(mvcc.status("a", at(1), late)).toMatchObject(status("alive", { pushed: false }));
    const forced = mvcc.status("a", at(1), { ...late, forceSyncCommit: true });
    expect(forced).toEqual(status("expired"));
  });

  it("that has written nothing is unknown, or can't write any more", () => {
    expect(mvcc.status("a", at(1))).toMatchObject({ fault: { kind: "txn-not-found" } });
    const rollbackIfNotExist = true;
    const resolving = { rollbackIfNotExist, resolvingPessimisticLock: true };
    expect(mvcc.status("a", at(1), resolving)).toEqual(status("unknown"));
    expect(mvcc.records("a")).toEqual([]);
    expect(mvcc.status("a", at(1), { rollbackIfNotExist })).toEqual(status("never-locked"));
    expect(mvcc.records("a")).toEqual(["rollback"]);
  });

  it("with an expired pessimistic lock may go on elsewhere", async () => {
    await mvcc.lock(at(1), at(1), ["a"], { lockTtl: 10n });
    const late = { currentTs: at(12), resolvingPessimisticLock: true };
    expect(mvcc.status("a", at(1), late)).toEqual(status("pessimistic-expired"));
    expect(mvcc.records("a")).toEqual([]);
    await mvcc.lock(at(2), at(2), ["a"], { lockTtl: 10n });
    expect(mvcc.status("a", at(2), { currentTs: at(13) })).toEqual(status("expired"));
    expect(mvcc.records("a")).toEqual(["rollback"]);
  });

  it("is not asked of a key that is not its primary", async () => {
    mvcc.prewrite(at(1), ["put a 1", "put b 1"]);
    const verify = { verifyIsPrimary: true };
    expect(mvcc.status("b", at(1), verify)).toMatchObject({ fault: { kind: "primary-mismatch" } });
    expect(mvcc.status("a", at(1), verify)).toMatchObject({ kind: "status" });
    await mvcc.lock(at(2), at(2), ["c", "d"]);
    const stale = { ...verify, rollbackIfNotExist: true };
    expect(mvcc.status("d", at(2), stale)).toEqual(status("never-locked"));
    expect(mvcc.locks).toEqual({ a: "put", b: "put", c: "pessimistic" });
  });
});
