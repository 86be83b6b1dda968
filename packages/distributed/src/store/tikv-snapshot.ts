import type { Snapshot as TikvReads, Transaction } from "tikv-client";
import { RoboflowError } from "@roboflow/core";
import { keyBytes, keyText } from "./bytes.js";
import type { KvPair } from "./kv-store.js";
import type { CommitOutcome } from "./retry.js";
import { tikvFailure } from "./tikv-error.js";
import type { ScanRange, Snapshot, Writes } from "./transaction.js";

/** Milliseconds since the epoch: a timestamp's low 18 bits count within one of them. */
export function timeOf(timestamp: bigint): number {
  return Number(timestamp >> 18n);
}

/** Pairs of a transaction or snapshot, copied. */
export async function* scanPairs(
  url: string,
  reader: Pick<TikvReads, "scan">,
  { start, end, reverse = false, limit = Number.POSITIVE_INFINITY }: ScanRange,
): AsyncGenerator<KvPair> {
  if (limit <= 0 || Buffer.compare(start, end) >= 0) return;
  try {
    for await (const { key, value } of reader.scan({ start, end, reverse, limit })) {
      yield { key: key.slice(), value: value.slice() };
    }
  } catch (error) {
    throw tikvFailure(url, error);
  }
}

/** The committed state at a transaction's start. Values are copied: a reply holds many. */
export class TikvSnapshot implements Snapshot {
  readonly now: number;

  constructor(
    private readonly url: string,
    readonly transaction: Transaction,
  ) {
    this.now = timeOf(transaction.startTs);
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.#read(() => this.transaction.get(key)))?.slice();
  }

  async batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values = await this.#read(() => this.transaction.batchGet(keys));
    return values.map((value) => value?.slice());
  }

  scan(range: ScanRange): AsyncGenerator<KvPair> {
    return scanPairs(this.url, this.transaction, range);
  }

  /** Nothing is held at the servers before a commit. */
  release(): void {}

  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw tikvFailure(this.url, error);
    }
  }
}

/**
 * @throws DistributedError `ERR_ROBOFLOW_STORE_UNAVAILABLE` (transient), also when the answer was
 * lost and the writes may have been stored: it must not run again by itself
 */
export async function commitWrites(
  url: string,
  { transaction }: TikvSnapshot,
  writes: Writes,
): Promise<CommitOutcome> {
  try {
    for (const [text, write] of writes) {
      const key = keyBytes(text);
      if (write.kind === "put") transaction.put(key, write.value);
      else if (write.kind === "delete") transaction.delete(key);
      else await transaction.lockKeys([key]);
    }
    await transaction.commit();
    return { kind: "committed" };
  } catch (error) {
    const [first = ""] = writes.keys();
    if (error instanceof RoboflowError && CONFLICTS.has(error.code)) {
      const { key } = error as RoboflowError & { readonly key?: Uint8Array };
      return { kind: "conflict", key: key === undefined ? first : keyText(key) };
    }
    throw tikvFailure(url, error);
  }
}

/** Nothing was stored, and the same function may succeed on a newer snapshot. */
const CONFLICTS: ReadonlySet<string> = new Set([
  "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT",
  "ERR_ROBOFLOW_TIKV_ROLLED_BACK",
]);
