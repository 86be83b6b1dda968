import { hash } from "node:crypto";
import type { Database } from "lmdb";
import { keyBytes, type KeyText } from "./bytes.js";
import type { Write, Writes } from "./transaction.js";

/** Commits kept; a transaction that more commits overtook has to run again. */
export const KEPT_COMMITS = 4_096;

/** Base64url characters of 6 bits each. */
const DIGEST_LENGTH = 11;

/** Commits between two looks for digests that are too old to matter. */
const COMMITS_PER_PRUNING = KEPT_COMMITS / 4;

/** More digests than these are not held in memory; who needs them reads them again. */
const MOST_DIGESTS = 1 << 16;

type Digest = string;

/** A write with all that applying it needs. */
export interface LoggedWrite {
  readonly text: KeyText;
  readonly key: Uint8Array;
  readonly digest: Digest;
  readonly write: Write;
}

/** What can be done of a commit before its write transaction, which shuts out all other processes. */
export function prepareWrites(writes: Writes): LoggedWrite[] {
  return Array.from(writes, ([text, write]) => {
    const key = keyBytes(text);
    return { text, key, digest: digest(key), write };
  });
}

/**
 * Which keys each of the last commits wrote or locked, by commit sequence. A sequence is never
 * used twice, so a key that changed and changed back is still seen to have changed; and keys that
 * never existed can be locked. It keeps a fixed number of commits, whatever the store holds.
 *
 * Keys are kept as the first 66 bits of their SHA-256: two keys that share them would cost one
 * needless retry, never a missed conflict.
 *
 * All methods belong inside the write transaction.
 */
export class CommitLog {
  readonly #db: Database<Uint8Array, Uint8Array>;
  /** The latest commit of each digest among commits `#from + 1` to `#to`, and of some before. */
  readonly #latest = new Map<Digest, number>();
  #from = 0;
  #to = 0;
  #pruned = 0;

  constructor(db: Database<Uint8Array, Uint8Array>) {
    this.#db = db;
  }

  /** A key of `writes` that a commit after `snapshot`, up to `latest`, wrote or locked. */
  findConflict(
    writes: readonly LoggedWrite[],
    snapshot: number,
    latest: number,
  ): KeyText | undefined {
    if (snapshot === latest) return undefined;
    // Overtaken by more commits than are kept: nothing can be said of any key.
    if (snapshot < latest - KEPT_COMMITS) return writes[0]?.text;
    this.#load(snapshot, latest);
    return writes.find((each) => (this.#latest.get(each.digest) ?? 0) > snapshot)?.text;
  }

  append(sequence: number, writes: readonly LoggedWrite[]): void {
    const digests = writes.map((each) => each.digest);
    this.#db.putSync(sequenceKey(sequence), Buffer.from(digests.join(""), "latin1"));
    if (sequence > KEPT_COMMITS) this.#db.removeSync(sequenceKey(sequence - KEPT_COMMITS));
    if (this.#to === sequence - 1) this.#remember(sequence, digests);
    if (this.#latest.size > MOST_DIGESTS) this.#startAfter(sequence);
  }

  /** The write transaction failed: what was appended in it has not happened. */
  forget(): void {
    this.#startAfter(0);
  }

  #startAfter(sequence: number): void {
    this.#latest.clear();
    this.#from = sequence;
    this.#to = sequence;
    this.#pruned = sequence;
  }

  #load(snapshot: number, latest: number): void {
    if (snapshot < this.#from || snapshot > this.#to) this.#startAfter(snapshot);
    while (this.#to < latest) {
      const record = this.#db.get(sequenceKey(this.#to + 1)) ?? new Uint8Array();
      const text = Buffer.from(record).toString("latin1");
      const digests = Array.from({ length: text.length / DIGEST_LENGTH }, (_, index) =>
        text.slice(index * DIGEST_LENGTH, (index + 1) * DIGEST_LENGTH),
      );
      this.#remember(this.#to + 1, digests);
    }
  }

  #remember(sequence: number, digests: readonly Digest[]): void {
    for (const each of digests) this.#latest.set(each, sequence);
    this.#to = sequence;
    this.#from = Math.max(this.#from, sequence - KEPT_COMMITS);
    if (sequence - this.#pruned < COMMITS_PER_PRUNING) return;
    this.#pruned = sequence;
    for (const [each, commit] of this.#latest) {
      if (commit <= this.#from) this.#latest.delete(each);
    }
  }
}

function digest(key: Uint8Array): Digest {
  return hash("sha256", key, "base64url").slice(0, DIGEST_LENGTH);
}

function sequenceKey(sequence: number): Buffer {
  const key = Buffer.alloc(8);
  key.writeBigUInt64BE(BigInt(sequence));
  return key;
}
