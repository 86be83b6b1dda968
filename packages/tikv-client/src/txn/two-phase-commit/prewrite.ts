import { commands, compareBytes, kvrpcpb, physicalOf } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import { TikvError } from "../../error.js";
import type { TransactionEnvironment } from "../environment.js";
import { keyFailure } from "../key-error.js";
import { atMost, CONCURRENCY } from "../region-batches.js";
import { later, MAX_TIMESTAMP } from "../timestamps.js";
import { lockedKeys, type CommitPlan, type Mutation } from "./commit-plan.js";
import type { CommitState } from "./commit-state.js";
import { lockTtlMs } from "./lock-ttl.js";
import { batchesOf, onlyBatch, type MutationBatch } from "./mutation-batches.js";

const { PrewriteRequest_PessimisticAction: PessimisticAction } = kvrpcpb;
/** Locks met this often without a wait, and the next round waits whatever the resolver says. */
const FREE_ROUNDS = 3;

/** One prewriting, with what its parts share. */
export interface Prewriting {
  readonly environment: TransactionEnvironment;
  readonly plan: CommitPlan;
  readonly state: CommitState;
  /** Called when the primary's lock is written while other parts may take longer. */
  readonly onPrimaryLocked: () => void;
}

/** How a part came about: `again` after regions changed, `lost` when an earlier answer to it was. */
interface Origin {
  readonly again: boolean;
  readonly lost: boolean;
}

/** Writes the locks of `mutations`, all regions at once, waiting for those of others. */
export async function prewrite(
  prewriting: Prewriting,
  backoff: Backoff,
  mutations: readonly Mutation[],
  origin: Origin = { again: false, lost: false },
): Promise<void> {
  const { environment, state } = prewriting;
  const only = onlyBatch(environment.cluster, mutations);
  if (only !== undefined) return prewriteBatch(prewriting, backoff, only, origin, false);
  let batches: MutationBatch[];
  try {
    batches = await batchesOf(environment.cluster, backoff, mutations);
  } catch (error) {
    state.fail(origin.lost);
    throw error;
  }
  const several = batches.length > 1;
  // One phase is for what one request can carry.
  if (several) state.giveUpOnePc(origin.lost);
  let begun = 0;
  const tasks = batches.map((batch) => () => {
    begun += 1;
    const own = several ? backoff.fork() : backoff;
    return prewriteBatch(prewriting, own, batch, origin, several);
  });
  try {
    await atMost(CONCURRENCY, tasks);
  } finally {
    // After a failure the rest is not even tried.
    if (begun < batches.length) state.fail(origin.lost);
  }
  return undefined;
}

async function prewriteBatch(
  prewriting: Prewriting,
  backoff: Backoff,
  batch: MutationBatch,
  origin: Origin,
  several: boolean,
): Promise<void> {
  const { state } = prewriting;
  const answer = { lost: origin.lost };
  let outcome: "done" | "stale";
  try {
    outcome = await untilLocked(prewriting, backoff, batch, origin, answer);
  } catch (error) {
    state.fail(answer.lost);
    throw error;
  }
  if (outcome === "stale") {
    // Each part accounts for itself from here on.
    await prewrite(prewriting, backoff, batch.mutations, { again: true, lost: answer.lost });
  } else if (several && hasPrimary(prewriting.plan, batch)) {
    prewriting.onPrimaryLocked();
  }
}

/** Tries until the locks are written, whoever holds them now. */
async function untilLocked(
  prewriting: Prewriting,
  backoff: Backoff,
  batch: MutationBatch,
  origin: Origin,
  answer: { lost: boolean },
): Promise<"done" | "stale"> {
  const { environment, plan, state } = prewriting;
  const onLostAnswer = (): void => {
    answer.lost = true;
  };
  for (let rounds = 1; ; rounds += 1) {
    if (state.failed) throw abandoned();
    const request = requestOf(plan, state, batch, origin.again);
    state.started = true;
    state.selfDeciding ||= state.onePc || state.asyncCommit;
    const { cluster } = environment;
    const options = { isRetry: answer.lost, onLostAnswer };
    const sent = await cluster.send(backoff, batch.region, commands.prewrite, request, options);
    if (sent.kind === "stale") return "stale";
    const { reply } = sent;
    if (reply.errors.length === 0) {
      state.accept(reply);
      return "done";
    }
    const locks = reply.errors.map((error) => lockIn(prewriting, error));
    await waitForLocks(environment, backoff, locks, rounds);
  }
}

/** Resolves what can be, and waits for the locks of living transactions. */
async function waitForLocks(
  { resolver }: TransactionEnvironment,
  backoff: Backoff,
  locks: readonly kvrpcpb.LockInfo[],
  rounds: number,
): Promise<void> {
  const { waitMs } = await resolver.resolve(backoff, locks, {
    callerStartTs: 0n,
    purpose: "write",
  });
  if (waitMs === 0 && rounds <= FREE_ROUNDS) return;
  await backoff.wait(
    "txn-lock-fast",
    `a key is locked by transaction ${locks[0]?.lockVersion}`,
    waitMs === 0 ? undefined : waitMs,
  );
}

/** @throws TikvError when it is not a lock to wait for */
function lockIn({ environment, plan }: Prewriting, error: kvrpcpb.KeyError): kvrpcpb.LockInfo {
  const { codec } = environment.cluster;
  const { locked } = error;
  if (locked === undefined) throw keyFailure(codec, error);
  // Its owner began later: whether it commits or not, waiting can't make this one first.
  if (plan.forUpdateTs === 0n && locked.lockVersion > plan.startTs) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
      `Transaction ${locked.lockVersion}, which began after this one, has locked a key of it`,
      {
        permanence: "transient",
        key: codec.decode(locked.key),
        hint: "Run it again, e.g. with TransactionClient.transaction",
      },
    );
  }
  return locked;
}

function requestOf(plan: CommitPlan, state: CommitState, batch: MutationBatch, again: boolean) {
  const { startTs, forUpdateTs, primary } = plan;
  const after = (forUpdateTs === 0n ? startTs : forUpdateTs) + 1n;
  const asPrimary = state.asyncCommit && hasPrimary(plan, batch);
  return {
    mutations: [...batch.mutations],
    primaryLock: primary,
    startVersion: startTs,
    lockTtl: BigInt(ttlOf(plan, state)),
    // After a split the region's share is not known: resolve it as a whole.
    txnSize: again ? MAX_TIMESTAMP : batch.txnSize,
    minCommitTs: later(state.minCommitTs, after),
    maxCommitTs: state.maxCommitTs,
    forUpdateTs,
    pessimisticActions:
      forUpdateTs === 0n ? [] : batch.mutations.map(() => PessimisticAction.DO_PESSIMISTIC_CHECK),
    useAsyncCommit: state.asyncCommit,
    tryOnePc: state.onePc,
    secondaries: asPrimary ? secondariesOf(plan) : [],
  };
}

function ttlOf(plan: CommitPlan, state: CommitState): number {
  const ttl = lockTtlMs(plan.bytes, performance.now() - plan.begunAt);
  if (!state.asyncCommit || plan.forUpdateTs === 0n) return ttl;
  // The lock may be resolved only when an async commit can't begin any more: after maxCommitTs.
  const window = Number(physicalOf(state.maxCommitTs) - physicalOf(plan.startTs));
  return Math.max(ttl, window + 1);
}

function hasPrimary({ primary }: CommitPlan, { mutations }: MutationBatch): boolean {
  return mutations.some(({ key }) => compareBytes(key, primary) === 0);
}

function secondariesOf({ mutations, primary }: CommitPlan): Uint8Array[] {
  return lockedKeys(mutations).filter((key) => compareBytes(key, primary) !== 0);
}

/** Told to nobody: the part that failed first has said why. */
function abandoned(): TikvError {
  return new TikvError("ERR_ROBOFLOW_TIKV_ROLLED_BACK", "Another part of the commit has failed", {
    permanence: "transient",
  });
}
