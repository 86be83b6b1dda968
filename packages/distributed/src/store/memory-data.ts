import { EmptyBTree } from "sorted-btree";
import type sortedBTree from "sorted-btree";
import { keyBytes, keyText, type KeyText } from "./bytes.js";
import type { Clock } from "./clock.js";
import type { KvPair } from "./kv-store.js";
import type { CommitOutcome, TransactionEngine } from "./retry.js";
import type { ScanRange, Snapshot, Writes } from "./transaction.js";

/** Its clones share nodes until either is written: a snapshot costs nothing. */
type Tree = sortedBTree.default<KeyText, Uint8Array>;

interface Commit {
  readonly sequence: number;
  readonly keys: ReadonlySet<KeyText>;
}

export interface MemorySnapshot extends Snapshot {
  /** Commits up to this one are visible. */
  readonly sequence: number;
}

/** Committed state by commit sequence, and the recent commits that open transactions may meet. */
export class MemoryData implements TransactionEngine<MemorySnapshot> {
  // The named export, because Node and bundlers disagree on the default of a CommonJS module.
  readonly #latest: Tree = EmptyBTree.clone();
  #sequence = 0;
  /** In order of commit; those that every open snapshot sees are dropped. */
  #recent: Commit[] = [];
  readonly #open = new Set<MemorySnapshot>();

  constructor(readonly now: Clock) {}

  /** A snapshot that can't commit; it may be kept for as long as wanted. */
  view(): MemorySnapshot {
    const tree = this.#latest.clone();
    return {
      now: this.now(),
      sequence: this.#sequence,
      get: (key) => tree.get(keyText(key))?.slice(),
      scan: (range) => scanTree(tree, range),
      release: () => {},
    };
  }

  begin(): MemorySnapshot {
    const snapshot: MemorySnapshot = {
      ...this.view(),
      release: () => {
        this.#open.delete(snapshot);
        this.#dropSettled();
      },
    };
    this.#open.add(snapshot);
    return snapshot;
  }

  /** First committer wins over written and locked keys alike. */
  commit(snapshot: MemorySnapshot, writes: Writes): CommitOutcome {
    for (const commit of this.#recent) {
      if (commit.sequence <= snapshot.sequence) continue;
      for (const key of writes.keys()) {
        if (commit.keys.has(key)) return { kind: "conflict", key };
      }
    }
    for (const [key, write] of writes) {
      if (write.kind === "put") this.#latest.set(key, write.value);
      else if (write.kind === "delete") this.#latest.delete(key);
    }
    this.#sequence += 1;
    this.#recent.push({ sequence: this.#sequence, keys: new Set(writes.keys()) });
    return { kind: "committed" };
  }

  #dropSettled(): void {
    const oldest = Math.min(...[...this.#open].map(({ sequence }) => sequence));
    this.#recent = this.#recent.filter(({ sequence }) => sequence > oldest);
  }
}

function* scanTree(tree: Tree, { start, end, reverse = false }: ScanRange): Generator<KvPair> {
  const [low, high] = [keyText(start), keyText(end)];
  const entries = reverse ? tree.entriesReversed(high, undefined, true) : tree.entries(low);
  for (const [key, value] of entries) {
    if (reverse ? key < low : key >= high) return;
    yield { key: keyBytes(key), value: value.slice() };
  }
}
