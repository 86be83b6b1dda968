import { compareBytes, type kvrpcpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import { rollBackPessimistic } from "../pessimistic/pessimistic-rollback.js";
import { atMost } from "../region-batches.js";
import { MAX_TIMESTAMP } from "../timestamps.js";
import { isPessimistic } from "./check-status.js";
import { resolveKeys, resolveRegion } from "./resolve-keys.js";
import { isFinal, type FinalStatus, type TransactionStatus } from "./transaction-status.js";

/** A transaction with fewer locks in a region is resolved by key, others by region (client-go's). */
const LITE_BELOW = 16n;
/** Transactions finished at once. */
const TRANSACTIONS = 16;

interface Finished {
  readonly status: FinalStatus;
  readonly keys: Uint8Array[];
  /** Keys whose whole regions are resolved. */
  readonly regions: Uint8Array[];
}

interface Lost {
  forUpdateTs: bigint;
  readonly keys: Uint8Array[];
}

/** The locks to remove after their transactions' fates are known; one request for many. */
export class Cleanup {
  readonly #byKeyOnly: boolean;
  readonly #finished = new Map<bigint, Finished>();
  readonly #lost = new Map<bigint, Lost>();

  /** Readers resolve only what is in their way, whatever the size of the transactions. */
  constructor(byKeyOnly: boolean) {
    this.#byKeyOnly = byKeyOnly;
  }

  get isEmpty(): boolean {
    return this.#finished.size === 0 && this.#lost.size === 0;
  }

  /** `gone`: this lock was removed by asking; `others`: more locks of the same transaction. */
  add(
    lock: kvrpcpb.LockInfo,
    status: TransactionStatus,
    gone: boolean,
    others: readonly Uint8Array[] = [],
  ): void {
    if (isPessimistic(lock)) {
      if (!gone && status.kind !== "alive") this.#addLost(lock);
      if (others.length === 0) return;
    }
    if (!isFinal(status)) return;
    const keys = [...others];
    const isThis = (key: Uint8Array): boolean => compareBytes(key, lock.key) === 0;
    const byRegion = !this.#byKeyOnly && lock.txnSize >= LITE_BELOW && others.length === 0 && !gone;
    if (!gone && !byRegion && !isPessimistic(lock) && !keys.some(isThis)) keys.push(lock.key);
    if (keys.length === 0 && !byRegion) return;
    const entry = this.#finished.get(lock.lockVersion) ?? { status, keys: [], regions: [] };
    entry.keys.push(...keys);
    if (byRegion) entry.regions.push(lock.key);
    this.#finished.set(lock.lockVersion, entry);
  }

  async run(cluster: Cluster, backoff: Backoff): Promise<void> {
    const finished = [...this.#finished].map(
      ([startTs, entry]) =>
        () =>
          finish(cluster, backoff, startTs, entry),
    );
    const lost = [...this.#lost].map(([startTs, { forUpdateTs, keys }]) => () => {
      return rollBackPessimistic(cluster, backoff, startTs, forUpdateTs, keys);
    });
    await atMost(TRANSACTIONS, [...finished, ...lost]);
  }

  #addLost(lock: kvrpcpb.LockInfo): void {
    const forUpdateTs = lock.lockForUpdateTs === 0n ? MAX_TIMESTAMP : lock.lockForUpdateTs;
    const entry = this.#lost.get(lock.lockVersion);
    if (entry === undefined) {
      this.#lost.set(lock.lockVersion, { forUpdateTs, keys: [lock.key] });
    } else {
      entry.keys.push(lock.key);
      if (forUpdateTs > entry.forUpdateTs) entry.forUpdateTs = forUpdateTs;
    }
  }
}

async function finish(
  cluster: Cluster,
  backoff: Backoff,
  startTs: bigint,
  { status, keys, regions }: Finished,
): Promise<void> {
  await resolveKeys(cluster, backoff, startTs, status, keys);
  const done = new Set<string>();
  for (const key of regions) {
    const cached = cluster.cachedRegion(key);
    if (cached !== undefined && done.has(`${cached.id}/${cached.epoch.version}`)) continue;
    const region = await resolveRegion(cluster, backoff, startTs, status, key);
    done.add(`${region.id}/${region.epoch.version}`);
  }
}
