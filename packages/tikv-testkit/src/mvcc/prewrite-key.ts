import { kvrpcpb } from "@roboflow/tikv-proto";
import { checkAssertion, checkNewerVersion, type Constraint } from "./constraints.js";
import type { Engine } from "./engine.js";
import type { Fault } from "./fault.js";
import type { Lock, LockKind } from "./lock.js";
import { MAX_TS } from "./version-store.js";

const { Op, PrewriteRequest_PessimisticAction: PessimisticAction } = kvrpcpb;

/** How the transaction means to commit; falls back to two phases when it can't. */
export type CommitKind = "two-phase" | "async" | "one-phase";

/** One mutation with what its request says about it. */
export interface PrewriteMutation {
  readonly request: kvrpcpb.PrewriteRequest;
  readonly mutation: kvrpcpb.Mutation;
  readonly action: kvrpcpb.PrewriteRequest_PessimisticAction;
  /** What the pessimistic lock's `forUpdateTs` must be, if anything. */
  readonly expectedForUpdateTs: bigint | undefined;
  readonly isRetry: boolean;
  readonly commitKind: CommitKind;
  /** undefined: no async commit. */
  readonly secondaries: readonly Uint8Array[] | undefined;
}

export type PrewriteKeyResult =
  /** `minCommitTs` is 0 where the key was or is locked for two phases. */
  | { readonly kind: "locked-before" | "checked"; readonly minCommitTs: bigint }
  | { readonly kind: "lock"; readonly lock: Lock; readonly replacesPessimistic: boolean }
  /** The lock is for two phases: the commit would have been later than the client allows. */
  | { readonly kind: "too-late"; readonly lock: Lock; readonly replacesPessimistic: boolean }
  | { readonly kind: "fault"; readonly fault: Fault };

const KINDS: ReadonlyMap<kvrpcpb.Op, LockKind> = new Map([
  [Op.Put, "put"],
  [Op.Insert, "put"],
  [Op.Del, "delete"],
  [Op.Lock, "lock"],
]);

const failed = (fault: Fault): PrewriteKeyResult => ({ kind: "fault", fault });

/** Checks one key of a transaction and makes its lock. Changes nothing yet. */
export function prewriteKey(engine: Engine, item: PrewriteMutation): PrewriteKeyResult {
  const { request, mutation } = item;
  const { key } = mutation;
  const startTs = request.startVersion;
  const isPessimistic = request.forUpdateTs !== 0n;
  const isCheck = mutation.op === Op.CheckNotExists;
  const kind = KINDS.get(mutation.op);
  if ((kind === undefined && !isCheck) || (isPessimistic && isCheck)) {
    return failed({ kind: "aborted", message: `mutation ${Op[mutation.op]} can't be prewritten` });
  }
  const constraint: Constraint = {
    key,
    primary: request.primaryLock,
    startTs,
    forUpdateTs: request.forUpdateTs,
    action: item.action,
    mustNotExist: isCheck || mutation.op === Op.Insert,
  };
  if (constraint.mustNotExist) {
    engine.raiseMaxTs(startTs);
  }
  const held = engine.store.locks.get(key);
  const ownLock = checkLock(item, held);
  if (ownLock.kind !== "go-on") {
    return ownLock;
  }
  const checked = checkVersions(engine, item, constraint, held);
  if (checked !== undefined) {
    return failed(checked);
  }
  if (kind === undefined) {
    const after = startTs + 1n;
    const minCommitTs = request.minCommitTs > after ? request.minCommitTs : after;
    return { kind: "checked", minCommitTs: item.commitKind === "two-phase" ? 0n : minCommitTs };
  }
  return makeLock(engine, item, kind, held);
}

type LockCheck = { readonly kind: "go-on" } | Exclude<PrewriteKeyResult, { kind: "lock" }>;

function checkLock(item: PrewriteMutation, held: Lock | undefined): LockCheck {
  const { request, mutation } = item;
  const startTs = request.startVersion;
  const isPessimistic = request.forUpdateTs !== 0n;
  if (held === undefined) {
    return { kind: "go-on" };
  }
  if (held.startTs !== startTs) {
    if (item.action === PessimisticAction.DO_PESSIMISTIC_CHECK) {
      return { kind: "fault", fault: { kind: "pessimistic-lock-not-found", startTs } };
    }
    // What a pessimistic transaction holds itself protects it: others may resolve this at once.
    const lock = isPessimistic ? { ...held, ttlMs: 0n } : held;
    return { kind: "fault", fault: { kind: "locked", key: mutation.key, lock } };
  }
  if (held.kind !== "pessimistic") {
    return { kind: "locked-before", minCommitTs: held.asyncCommit ? held.minCommitTs : 0n };
  }
  if (!isPessimistic) {
    const message = `LockTypeNotMatch { start_ts: ${startTs}, pessimistic: true }`;
    return { kind: "fault", fault: { kind: "aborted", message } };
  }
  if (item.expectedForUpdateTs !== undefined && item.expectedForUpdateTs !== held.forUpdateTs) {
    return { kind: "fault", fault: { kind: "pessimistic-lock-not-found", startTs } };
  }
  return { kind: "go-on" };
}

function checkVersions(
  engine: Engine,
  item: PrewriteMutation,
  constraint: Constraint,
  held: Lock | undefined,
): Fault | undefined {
  const { store } = engine;
  const { request, mutation } = item;
  const { assertion } = mutation;
  const level = request.assertionLevel;
  if (held === undefined && item.action === PessimisticAction.DO_PESSIMISTIC_CHECK) {
    // The lock was lost; nobody wrote since the transaction began, so it makes no difference.
    const newest = store.seekWrite(mutation.key, MAX_TS);
    return newest !== undefined && newest.commitTs >= request.startVersion
      ? { kind: "pessimistic-lock-not-found", startTs: request.startVersion }
      : checkAssertion(store, constraint, assertion, level, true);
  }
  const skip = skipsConstraint(item);
  if (!skip) {
    const result = checkNewerVersion(store, constraint);
    if (result.kind === "fault") {
      return result.fault;
    }
  }
  return checkAssertion(store, constraint, assertion, level, !skip);
}

function skipsConstraint(item: PrewriteMutation): boolean {
  if (item.request.forUpdateTs === 0n) {
    return item.request.skipConstraintCheck;
  }
  switch (item.action) {
    case PessimisticAction.DO_PESSIMISTIC_CHECK:
      return true;
    case PessimisticAction.DO_CONSTRAINT_CHECK:
      return false;
    case PessimisticAction.SKIP_PESSIMISTIC_CHECK:
      return !item.isRetry;
  }
}

function makeLock(
  engine: Engine,
  item: PrewriteMutation,
  kind: LockKind,
  held: Lock | undefined,
): PrewriteKeyResult {
  const { request, mutation, secondaries } = item;
  const given = max(request.minCommitTs, held?.minCommitTs ?? 0n);
  const lock: Lock = {
    kind,
    primary: request.primaryLock.slice(),
    startTs: request.startVersion,
    ttlMs: max(request.lockTtl, held?.ttlMs ?? 0n),
    value: kind === "put" ? mutation.value.slice() : undefined,
    forUpdateTs: max(request.forUpdateTs, held?.forUpdateTs ?? 0n),
    txnSize: request.txnSize,
    minCommitTs: given,
    asyncCommit: secondaries !== undefined,
    secondaries: secondaries?.map((key) => key.slice()) ?? [],
    rollbackTs: [],
    withConflict: false,
  };
  const replacesPessimistic = held !== undefined;
  if (item.commitKind === "two-phase") {
    return { kind: "lock", lock, replacesPessimistic };
  }
  // Above every read so far: none of them may have to be undone.
  const lowest = max(max(engine.maxTs, request.startVersion), request.forUpdateTs) + 1n;
  const minCommitTs = max(given, lowest);
  if (request.maxCommitTs !== 0n && minCommitTs > request.maxCommitTs) {
    const fallback: Lock = { ...lock, asyncCommit: false, secondaries: [] };
    return { kind: "too-late", lock: fallback, replacesPessimistic };
  }
  return { kind: "lock", lock: { ...lock, minCommitTs }, replacesPessimistic };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
