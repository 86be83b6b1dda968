import { DistributedError } from "../error.js";
import { checkKey, checkValue, copyBytes, keyBytes, keyText, type KeyText } from "./bytes.js";
import type { KvPair, KvTransaction, ScanOptions } from "./kv-store.js";

/** What a transaction does to one key when it commits. */
export type Write =
  | { readonly kind: "put"; readonly value: Uint8Array }
  | { readonly kind: "delete" }
  | { readonly kind: "lock" };

export type Writes = ReadonlyMap<KeyText, Write>;

/** With `limit`, an engine need not look for more; it may give more all the same. */
export type ScanRange = Pick<ScanOptions, "start" | "end" | "reverse" | "limit">;

/** One engine's view of one committed state. Values handed out belong to the caller. */
export interface Snapshot {
  /** The store's time at which it was taken. */
  readonly now: number;
  get(key: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** In the order of `keys`. For engines where many reads at once cost less than one by one. */
  batchGet?(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  scan(range: ScanRange): Iterable<KvPair> | AsyncIterable<KvPair>;
  /** Called once, when the transaction is over. */
  release(): void;
}

/** Reads through a snapshot, under the writes it has buffered so far. */
export class BufferedTransaction implements KvTransaction {
  readonly #snapshot: Snapshot;
  readonly #signal: AbortSignal | undefined;
  readonly #writes = new Map<KeyText, Write>();
  #over = false;

  constructor(snapshot: Snapshot, signal?: AbortSignal) {
    this.#snapshot = snapshot;
    this.#signal = signal;
  }

  get now(): number {
    return this.#snapshot.now;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#check(key);
    const own = this.#writes.get(keyText(key));
    if (own?.kind === "put") return own.value.slice();
    if (own?.kind === "delete") return undefined;
    return this.#snapshot.get(key);
  }

  async batchGet(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const read = this.#snapshot.batchGet?.bind(this.#snapshot);
    if (read === undefined) return Promise.all(keys.map((key) => this.get(key)));
    for (const key of keys) this.#check(key);
    const own = keys.map((key) => this.#writes.get(keyText(key)));
    const asked = keys.filter((_, index) => !decides(own[index]));
    const found = asked.length === 0 ? [] : await read(asked);
    let next = 0;
    return own.map((write) => {
      if (!decides(write)) return found[next++];
      return write.kind === "put" ? write.value.slice() : undefined;
    });
  }

  /** Shows the transaction's own writes as they were when the first pair was asked for. */
  async *scan(options: ScanOptions): AsyncGenerator<KvPair> {
    this.#check();
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    const own = this.#ownWrites(options);
    // Own deletes take stored pairs away, so some more may be needed.
    const stored = this.#snapshot.scan({ ...options, limit: left + own.writes.length });
    const pairs = own.writes.length === 0 ? stored : mergeWrites(stored, own);
    // What needs no waiting is not waited for: a turn for each pair is what short scans cost most.
    if (Symbol.iterator in pairs) {
      for (const pair of pairs) {
        this.#check();
        yield pair;
        left -= 1;
        if (left <= 0) return;
      }
      return;
    }
    for await (const pair of pairs) {
      this.#check();
      yield pair;
      left -= 1;
      if (left <= 0) return;
    }
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#check(key);
    checkValue(key, value);
    this.#writes.set(keyText(key), { kind: "put", value: copyBytes(value) });
  }

  delete(key: Uint8Array): void {
    this.#check(key);
    this.#writes.set(keyText(key), { kind: "delete" });
  }

  lock(key: Uint8Array): void {
    this.#check(key);
    const text = keyText(key);
    // A put or delete already conflicts as a lock would, and must not be lost.
    if (!this.#writes.has(text)) this.#writes.set(text, { kind: "lock" });
  }

  /** Ends the transaction: what `fn` left running can no longer read or write. */
  end(): Writes {
    this.#over = true;
    return this.#writes;
  }

  #ownWrites({ start, end, reverse = false }: ScanRange): OwnWrites {
    if (this.#writes.size === 0) return { writes: [], reverse };
    const [low, high] = [keyText(start), keyText(end)];
    const writes = [...this.#writes]
      .filter(([key, write]) => write.kind !== "lock" && key >= low && key < high)
      .sort(([a], [b]) => (a < b === reverse ? 1 : -1));
    return { writes, reverse };
  }

  #check(key?: Uint8Array): void {
    if (this.#over) {
      throw new DistributedError(
        "ERR_ROBOFLOW_STORE_CLOSED",
        "The transaction is over: await all reads and writes before its function returns",
      );
    }
    throwIfAborted(this.#signal);
    if (key !== undefined) checkKey(key);
  }
}

/** Whether a read of its key needs no snapshot: a lock leaves the value as it is. */
function decides(write: Write | undefined): write is Exclude<Write, { readonly kind: "lock" }> {
  return write !== undefined && write.kind !== "lock";
}

interface OwnWrites {
  /** In the scan's order. */
  readonly writes: readonly (readonly [KeyText, Write])[];
  readonly reverse: boolean;
}

/** Merges two orders of keys; an own write hides the stored pair of its key. */
async function* mergeWrites(
  stored: Iterable<KvPair> | AsyncIterable<KvPair>,
  { writes, reverse }: OwnWrites,
): AsyncGenerator<KvPair> {
  let next = 0;
  const isBefore = (a: KeyText, b: KeyText): boolean => (reverse ? a > b : a < b);
  for await (const pair of stored) {
    const key = keyText(pair.key);
    let hidden = false;
    for (let own = writes[next]; own !== undefined && !isBefore(key, own[0]); own = writes[next]) {
      next += 1;
      hidden ||= own[0] === key;
      yield* putPairs(own);
    }
    if (!hidden) yield pair;
  }
  for (const own of writes.slice(next)) yield* putPairs(own);
}

function* putPairs([key, write]: readonly [KeyText, Write]): Generator<KvPair> {
  if (write.kind === "put") yield { key: keyBytes(key), value: write.value.slice() };
}

/** @throws DistributedError `ERR_ROBOFLOW_ABORTED` (transient) with the signal's reason as cause */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new DistributedError("ERR_ROBOFLOW_ABORTED", "The store operation was aborted", {
    cause: signal.reason,
    permanence: "transient",
  });
}
