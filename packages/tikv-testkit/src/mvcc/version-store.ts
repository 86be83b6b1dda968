import { compareBytes } from "@roboflow/tikv-proto";
import { newKeyTree, type KeyTree } from "../key-tree.js";
import type { Lock } from "./lock.js";
import { rollsBack, type Write } from "./write.js";

/** A timestamp above all others: "the newest". */
export const MAX_TS = (1n << 64n) - 1n;

/** What is on record about one transaction on one key. */
export type TxnRecord =
  | { readonly kind: "committed"; readonly write: Write }
  | { readonly kind: "rolled-back" }
  /** Nothing; `overlapped` is another transaction's record where the rollback's would be. */
  | { readonly kind: "none"; readonly overlapped: Write | undefined };

/** All versions and locks of all keys, in order of key. Knows no rules, only records. */
export class VersionStore {
  readonly locks = newKeyTree<Lock>();
  /** Records of a key, oldest first. */
  readonly #writes = newKeyTree<Write[]>();

  /** Newest first. */
  writes(key: Uint8Array): readonly Write[] {
    return this.#writes.get(key)?.toReversed() ?? [];
  }

  /** The newest record at or before a timestamp. */
  seekWrite(key: Uint8Array, ts: bigint): Write | undefined {
    return this.#writes.get(key)?.findLast((write) => write.commitTs <= ts);
  }

  /** The newest version at or before a timestamp, a put or a delete. */
  seekData(key: Uint8Array, ts: bigint): Write | undefined {
    return this.#writes
      .get(key)
      ?.findLast(
        (write) => write.commitTs <= ts && (write.kind === "put" || write.kind === "delete"),
      );
  }

  /** The newest put at or before a timestamp, unless a delete is newer. */
  seekPut(key: Uint8Array, ts: bigint): Write | undefined {
    const write = this.seekData(key, ts);
    return write?.kind === "put" ? write : undefined;
  }

  txnRecord(key: Uint8Array, startTs: bigint): TxnRecord {
    const writes = this.#writes.get(key) ?? [];
    const own = writes.findLast((write) => write.startTs === startTs);
    if (own !== undefined) {
      return own.kind === "rollback" ? { kind: "rolled-back" } : { kind: "committed", write: own };
    }
    const overlapped = writes.findLast((write) => write.commitTs === startTs);
    return overlapped !== undefined && rollsBack(overlapped, startTs)
      ? { kind: "rolled-back" }
      : { kind: "none", overlapped };
  }

  /** Adds a record; one with the same `commitTs` is replaced. */
  putWrite(key: Uint8Array, write: Write): void {
    const writes = this.#writes.get(key);
    if (writes === undefined) {
      this.#writes.set(key, [write]);
      return;
    }
    const before = writes.findLastIndex((other) => other.commitTs <= write.commitTs);
    const same = writes[before]?.commitTs === write.commitTs;
    writes.splice(same ? before : before + 1, same ? 1 : 0, write);
  }

  deleteWrite(key: Uint8Array, commitTs: bigint): void {
    this.keepWrites(key, (write) => write.commitTs !== commitTs);
  }

  keepWrites(key: Uint8Array, keep: (write: Write) => boolean): void {
    const kept = this.#writes.get(key)?.filter((write) => keep(write)) ?? [];
    if (kept.length === 0) {
      this.#writes.delete(key);
    } else {
      this.#writes.set(key, kept);
    }
  }

  /**
   * Keys with a record or a lock, from `start` on (reverse: from the last before `end` down). Those
   * passed may be deleted meanwhile.
   */
  *keys(start: Uint8Array, end: Uint8Array | undefined, reverse: boolean): Iterable<Uint8Array> {
    const step = reverse ? lower : higher;
    let written = first(this.#writes, start, end, reverse);
    let locked = first(this.locks, start, end, reverse);
    for (;;) {
      const order =
        written === undefined || locked === undefined ? 0 : compareBytes(written, locked);
      const writtenFirst = reverse ? order >= 0 : order <= 0;
      const key: Uint8Array | undefined = writtenFirst ? (written ?? locked) : locked;
      if (key === undefined || !inside(key, start, end)) {
        return;
      }
      yield key;
      if (written !== undefined && compareBytes(written, key) === 0) {
        written = step(this.#writes, key);
      }
      if (locked !== undefined && compareBytes(locked, key) === 0) {
        locked = step(this.locks, key);
      }
    }
  }

  /** Forgets everything from `start` to before `end`. */
  destroy(start: Uint8Array, end: Uint8Array | undefined): void {
    for (const key of this.keys(start, end, false)) {
      this.#writes.delete(key);
      this.locks.delete(key);
    }
  }
}

function inside(key: Uint8Array, start: Uint8Array, end: Uint8Array | undefined): boolean {
  return compareBytes(key, start) >= 0 && (end === undefined || compareBytes(key, end) < 0);
}

function higher<V>(tree: KeyTree<V>, key: Uint8Array): Uint8Array | undefined {
  return tree.nextHigherKey(key);
}

function lower<V>(tree: KeyTree<V>, key: Uint8Array): Uint8Array | undefined {
  return tree.nextLowerKey(key);
}

function first<V>(
  tree: KeyTree<V>,
  start: Uint8Array,
  end: Uint8Array | undefined,
  reverse: boolean,
): Uint8Array | undefined {
  if (reverse) {
    return end === undefined ? tree.maxKey() : tree.nextLowerKey(end);
  }
  return tree.getPairOrNextHigher(start)?.[0];
}
