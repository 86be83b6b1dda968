import { kvrpcpb } from "@roboflow/tikv-proto";
import type { Write, WriteBuffer } from "../write-buffer.js";

export interface Mutation {
  readonly op: kvrpcpb.Op;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What a transaction commits, and how. */
export interface CommitPlan {
  readonly startTs: bigint;
  /** By ascending key. */
  readonly mutations: readonly Mutation[];
  readonly primary: Uint8Array;
  /** Of all keys and values. */
  readonly bytes: number;
  /** 0: optimistic. Otherwise every key holds a pessimistic lock. */
  readonly forUpdateTs: bigint;
  readonly onePc: boolean;
  readonly asyncCommit: boolean;
  readonly causalConsistency: boolean;
  /** When the transaction began, by `performance.now()`. */
  readonly begunAt: number;
}

const NO_VALUE = new Uint8Array(0);
const { Op } = kvrpcpb;

/** By ascending key. */
export function mutationsOf(buffer: WriteBuffer, pessimistic: boolean): Mutation[] {
  const mutations: Mutation[] = [];
  buffer.forEach((key, write) => mutations.push(mutationOf(key, write, pessimistic)));
  return mutations;
}

function mutationOf(key: Uint8Array, write: Write, pessimistic: boolean): Mutation {
  switch (write.kind) {
    case "put":
      return { op: Op.Put, key, value: write.value };
    case "insert":
      return { op: Op.Insert, key, value: write.value };
    case "delete":
      return { op: Op.Del, key, value: NO_VALUE };
    case "lock":
      return { op: Op.Lock, key, value: NO_VALUE };
    case "check-absent":
      // Its pessimistic lock has checked that already.
      return { op: pessimistic ? Op.Lock : Op.CheckNotExists, key, value: NO_VALUE };
  }
}

/** The first key that gets a lock; a mere check has none to decide by. */
export function choosePrimary(mutations: readonly Mutation[]): Uint8Array | undefined {
  return (mutations.find(({ op }) => op !== Op.CheckNotExists) ?? mutations[0])?.key;
}

/** Keys that hold locks after prewriting. */
export function lockedKeys(mutations: readonly Mutation[]): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (const { op, key } of mutations) if (op !== Op.CheckNotExists) keys.push(key);
  return keys;
}

/** client-go's limits of what the primary's lock may list: keys, and their bytes. */
const ASYNC_KEYS = 256;
const ASYNC_KEY_BYTES = 4096;

export function fitsAsyncCommit(mutations: readonly Mutation[]): boolean {
  if (mutations.length > ASYNC_KEYS) return false;
  let bytes = 0;
  for (const { op, key } of mutations) {
    // It leaves no lock to count: others could take the commit for done before the check has failed.
    if (op === Op.CheckNotExists) return false;
    bytes += key.length;
  }
  return bytes <= ASYNC_KEY_BYTES;
}
