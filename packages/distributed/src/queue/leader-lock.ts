import { DistributedError } from "../error.js";
import { LockKeys } from "../keys/keys.js";
import { lockCodec, type LockRecord } from "../records/lock-record.js";
import { describeKey } from "../store/bytes.js";
import type { KvReader, KvStore, KvTransaction } from "../store/kv-store.js";

/** Proof of leadership; a higher token has taken over. */
export interface Leadership {
  readonly name: string;
  readonly holder: string;
  readonly token: number;
  /** When this holder became leader, milliseconds since the epoch. */
  readonly acquiredAt: number;
  readonly renewedAt: number;
}

export interface LockWish {
  readonly name: string;
  readonly holder: string;
  readonly leaseMs: number;
}

/** Takes a free or expired lock, or renews one's own; undefined if another holds it. */
export async function acquireLock(store: KvStore, wish: LockWish): Promise<Leadership | undefined> {
  const acquire = async (tx: KvTransaction): Promise<Leadership | undefined> => {
    const lock = await findLock(tx, wish.name);
    const mine = lock?.holder === wish.holder;
    if (lock && !mine && lock.holder !== null && tx.now < lock.renewedAt + lock.leaseMs) {
      return undefined;
    }
    const record: LockRecord = {
      ...lock,
      version: 1,
      ...wish,
      token: mine ? lock.token : (lock?.token ?? 0) + 1,
      acquiredAt: mine ? lock.acquiredAt : tx.now,
      renewedAt: tx.now,
    };
    writeLock(tx, record);
    return leadershipOf(record, wish.holder);
  };
  return store.transact(acquire, { causal: true });
}

/** @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST` if another has taken over */
export async function renewLock(store: KvStore, leadership: Leadership): Promise<void> {
  await store.transact(async (tx) => {
    writeLock(tx, { ...(await readHeldLock(tx, leadership)), renewedAt: tx.now });
  });
}

/** Lets the next one lead at once; nothing happens if another already does. */
export async function releaseLock(store: KvStore, leadership: Leadership): Promise<void> {
  await store.transact(async (tx) => {
    const lock = await findLock(tx, leadership.name);
    if (isHeld(lock, leadership)) writeLock(tx, { ...lock, holder: null });
  });
}

/**
 * Makes the transaction commit only under this leadership. An expired lock that nobody has taken
 * is still held.
 * @throws DistributedError `ERR_ROBOFLOW_LEASE_LOST`
 */
export async function requireLeadership(tx: KvTransaction, leadership: Leadership): Promise<void> {
  await readHeldLock(tx, leadership);
  tx.lock(LockKeys.lock(leadership.name));
}

export async function isLeader(reader: KvReader, leadership: Leadership): Promise<boolean> {
  return isHeld(await findLock(reader, leadership.name), leadership);
}

async function readHeldLock(reader: KvReader, leadership: Leadership): Promise<LockRecord> {
  const lock = await findLock(reader, leadership.name);
  if (isHeld(lock, leadership)) return lock;
  throw new DistributedError(
    "ERR_ROBOFLOW_LEASE_LOST",
    `${leadership.holder} no longer leads ${leadership.name} (token ${leadership.token})`,
  );
}

function isHeld(lock: LockRecord | undefined, { holder, token }: Leadership): lock is LockRecord {
  return lock?.holder === holder && lock.token === token;
}

export async function findLock(reader: KvReader, name: string): Promise<LockRecord | undefined> {
  const key = LockKeys.lock(name);
  const value = await reader.get(key);
  return value === undefined ? undefined : lockCodec.decode(value, describeKey(key));
}

function writeLock(tx: KvTransaction, lock: LockRecord): void {
  tx.put(LockKeys.lock(lock.name), lockCodec.encode(lock));
}

function leadershipOf(lock: LockRecord, holder: string): Leadership {
  const { name, token, acquiredAt, renewedAt } = lock;
  return { name, holder, token, acquiredAt, renewedAt };
}
