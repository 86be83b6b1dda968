import { create } from "@bufbuild/protobuf";
import { kvrpcpb } from "@roboflow/tikv-proto";
import { TikvError } from "../../error.js";
import type { TransactionEnvironment } from "../environment.js";
import { KEPT_LOCK_MS, type Heartbeat } from "../heartbeat.js";
import { checkStatus } from "../lock-resolver/check-status.js";
import { rollBackPessimistic } from "../pessimistic/pessimistic-rollback.js";
import { afterMs } from "../timestamps.js";
import { commitKeys, commitPrimary, undetermined } from "./commit-keys.js";
import { fitsAsyncCommit, lockedKeys, type CommitPlan } from "./commit-plan.js";
import { CommitState } from "./commit-state.js";
import { lockTtlMs } from "./lock-ttl.js";
import { prewrite } from "./prewrite.js";
import { rollBackKeys } from "./rollback.js";

/** client-go's budgets, ms. */
const PREWRITE_BUDGET_MS = 40_000;
const COMMIT_BUDGET_MS = 40_000;
const SECONDARIES_BUDGET_MS = 41_000;
const CLEANUP_BUDGET_MS = 20_000;
const TSO_BUDGET_MS = 15_000;
/** How long an async commit may take before it must become an ordinary one (client-go's). */
const SAFE_WINDOW_MS = 2000;

/**
 * Commits a transaction; resolves once its fate is decided, with its commit timestamp. What is left
 * then (the commits of secondaries, or a rollback) goes on in the background.
 * @throws TikvError of the first key that stood against it; `UndeterminedError`
 */
export async function commitTransaction(
  environment: TransactionEnvironment,
  plan: CommitPlan,
  signal: AbortSignal | undefined,
): Promise<bigint> {
  const { cluster, heartbeats } = environment;
  const state = new CommitState(plan.onePc, plan.asyncCommit && fitsAsyncCommit(plan.mutations));
  let heartbeat: Heartbeat | undefined;
  const onPrimaryLocked = (): void => {
    const everyMs = lockTtlMs(plan.bytes, 0) / 2;
    if (plan.forUpdateTs === 0n) {
      heartbeat ??= heartbeats.start(plan.startTs, plan.primary, everyMs);
    }
  };
  try {
    const backoff = cluster.backoff(PREWRITE_BUDGET_MS, signal);
    if (state.onePc || state.asyncCommit) await boundCommitTs(environment, plan, state, signal);
    await prewrite({ environment, plan, state, onPrimaryLocked }, backoff, plan.mutations);
    if (state.onePcCommitTs !== 0n) return state.onePcCommitTs;
    if (state.onePcLost) {
      const commitTs = await committedInOnePhase(environment, plan, signal);
      if (commitTs !== undefined) return commitTs;
      state.onePcHasNotCommitted();
    }
    if (state.asyncCommit) return await finishAsync(environment, plan, state);
    const commitTs = await cluster.pd.timestamp(cluster.backoff(TSO_BUDGET_MS, signal));
    return await decide(environment, plan, commitTs, signal);
  } catch (error) {
    return await failed(environment, plan, state, error);
  } finally {
    heartbeat?.stop();
  }
}

/**
 * Stores choose the commit timestamp of one-phase and async commits within these bounds. The lower
 * one keeps it above every snapshot taken before the commit began, also elsewhere.
 */
async function boundCommitTs(
  { cluster }: TransactionEnvironment,
  plan: CommitPlan,
  state: CommitState,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!plan.causalConsistency) {
    state.minCommitTs = (await cluster.pd.timestamp(cluster.backoff(TSO_BUDGET_MS, signal))) + 1n;
  }
  const elapsed = performance.now() - plan.begunAt;
  state.maxCommitTs = afterMs(plan.startTs, elapsed + SAFE_WINDOW_MS);
}

/** Prewriting again succeeds either way: the primary tells which it was. */
async function committedInOnePhase(
  { cluster }: TransactionEnvironment,
  { startTs, primary }: CommitPlan,
  signal: AbortSignal | undefined,
): Promise<bigint | undefined> {
  const lock = create(kvrpcpb.LockInfoSchema, {
    key: primary,
    primaryLock: primary,
    lockVersion: startTs,
    lockTtl: BigInt(KEPT_LOCK_MS),
  });
  const backoff = cluster.backoff(COMMIT_BUDGET_MS, signal);
  const status = await checkStatus(cluster, backoff, lock, 0n, false);
  return status.kind === "committed" ? status.commitTs : undefined;
}

async function decide(
  environment: TransactionEnvironment,
  plan: CommitPlan,
  firstCommitTs: bigint,
  signal: AbortSignal | undefined,
): Promise<bigint> {
  const { cluster, background } = environment;
  const { startTs, primary } = plan;
  const keys = lockedKeys(plan.mutations);
  // Nothing but checks, and they have passed.
  if (keys.length === 0) return firstCommitTs;
  const backoff = cluster.backoff(COMMIT_BUDGET_MS, signal);
  const { commitTs, rest } = await commitPrimary(
    cluster,
    backoff,
    startTs,
    firstCommitTs,
    primary,
    keys,
  );
  if (rest.length > 0) {
    await background.run("Committing secondary keys", () =>
      commitKeys(cluster, cluster.backoff(SECONDARIES_BUDGET_MS), startTs, commitTs, rest),
    );
  }
  return commitTs;
}

/** Every key is prewritten, and that decides: the rest only spares readers the work. */
async function finishAsync(
  { cluster, background }: TransactionEnvironment,
  { startTs, mutations }: CommitPlan,
  { minCommitTs }: CommitState,
): Promise<bigint> {
  await background.run("Committing the keys of an async commit", () =>
    commitKeys(
      cluster,
      cluster.backoff(SECONDARIES_BUDGET_MS),
      startTs,
      minCommitTs,
      lockedKeys(mutations),
    ),
  );
  return minCommitTs;
}

/** Answers with the commit timestamp after all, or throws what the caller has to know. */
async function failed(
  environment: TransactionEnvironment,
  plan: CommitPlan,
  state: CommitState,
  error: unknown,
): Promise<bigint> {
  if (error instanceof TikvError && error.code === "ERR_ROBOFLOW_TIKV_UNDETERMINED") throw error;
  if (state.undetermined) {
    const commitTs = await askStore(environment, plan, error);
    if (commitTs !== undefined) return commitTs;
  }
  await cleanUp(environment, plan, state);
  throw error;
}

/** What a store says of a key; anything else was said here. */
const FROM_STORE: ReadonlySet<string> = new Set([
  "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
  "ERR_ROBOFLOW_TIKV_ROLLED_BACK",
  "ERR_ROBOFLOW_TIKV_KEY_EXISTS",
]);

/**
 * A later try of a request whose answer was lost may fail because the first one has committed: the
 * primary decides. Undefined: the transaction is rolled back for good.
 */
async function askStore(
  { cluster, resolver }: TransactionEnvironment,
  { startTs, primary }: CommitPlan,
  error: unknown,
): Promise<bigint | undefined> {
  if (!(error instanceof TikvError && FROM_STORE.has(error.code))) {
    throw undetermined(startTs, error);
  }
  try {
    const lock = create(kvrpcpb.LockInfoSchema, {
      key: primary,
      primaryLock: primary,
      lockVersion: startTs,
    });
    const status = await resolver.decide(cluster.backoff(CLEANUP_BUDGET_MS), lock);
    return status?.kind === "committed" ? status.commitTs : undefined;
  } catch (later) {
    throw undetermined(startTs, later);
  }
}

async function cleanUp(
  { cluster, background }: TransactionEnvironment,
  plan: CommitPlan,
  state: CommitState,
): Promise<void> {
  const { startTs, forUpdateTs } = plan;
  const keys = lockedKeys(plan.mutations);
  const backoff = () => cluster.backoff(CLEANUP_BUDGET_MS);
  // One phase leaves no locks but pessimistic ones.
  const wroteLocks = state.started && !state.onePc;
  if (wroteLocks) {
    await background.run("Rolling back a transaction", () =>
      rollBackKeys(cluster, backoff(), startTs, keys),
    );
  } else if (forUpdateTs !== 0n) {
    await background.run("Rolling back pessimistic locks", () =>
      rollBackPessimistic(cluster, backoff(), startTs, forUpdateTs, keys),
    );
  }
}
