import { TikvError } from "../error.js";
import type { KeyCodec } from "../key-codec.js";
import { newKeyTree, type KeyTree } from "../key-tree.js";
import { MAX_TRANSACTION_BYTES } from "../limits.js";

/** What a transaction will do to one key. */
export type Write =
  | { readonly kind: "put"; readonly value: Uint8Array }
  /** The key must not exist at the commit. */
  | { readonly kind: "insert"; readonly value: Uint8Array }
  | { readonly kind: "delete" }
  /** Nothing, but a write of another after this one's start is a conflict. */
  | { readonly kind: "lock" }
  /** Inserted and deleted again: only that it did not exist is checked. */
  | { readonly kind: "check-absent" };

/** What a read of a buffered key gives; `unknown`: the store has to be asked. */
export type BufferedValue =
  | { readonly kind: "value"; readonly value: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown" };

const ABSENT: BufferedValue = { kind: "absent" };
const UNKNOWN: BufferedValue = { kind: "unknown" };
const DELETE: Write = { kind: "delete" };
const LOCK: Write = { kind: "lock" };
const CHECK_ABSENT: Write = { kind: "check-absent" };

/** The writes of a transaction before its commit, by physical key. */
export class WriteBuffer {
  readonly #codec: KeyCodec;
  #writes: KeyTree<Write> | undefined;
  #bytes = 0;

  constructor(codec: KeyCodec) {
    this.#codec = codec;
  }

  /** Of keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#writes?.size ?? 0;
  }

  read(key: Uint8Array): BufferedValue {
    return this.#writes === undefined ? UNKNOWN : valueOf(this.#writes.get(key));
  }

  /** @throws TikvError `ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE` */
  put(key: Uint8Array, value: Uint8Array): void {
    const before = this.#writes?.get(key);
    const insert = before?.kind === "insert" || before?.kind === "check-absent";
    this.#set(key, before, { kind: insert ? "insert" : "put", value });
  }

  /** @throws TikvError `ERR_ROBOFLOW_TIKV_KEY_EXISTS`, `ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE` */
  insert(key: Uint8Array, value: Uint8Array): void {
    const before = this.#writes?.get(key);
    if (before?.kind === "put" || before?.kind === "insert") {
      throw new TikvError(
        "ERR_ROBOFLOW_TIKV_KEY_EXISTS",
        "This transaction has written the key that it inserts",
        { key: this.#codec.decode(key) },
      );
    }
    // After a delete the key is absent for sure.
    this.#set(key, before, { kind: before?.kind === "delete" ? "put" : "insert", value });
  }

  delete(key: Uint8Array): void {
    const before = this.#writes?.get(key);
    const inserted = before?.kind === "insert" || before?.kind === "check-absent";
    this.#set(key, before, inserted ? CHECK_ABSENT : DELETE);
  }

  /** Unless the key is written, which locks it as well. */
  lock(key: Uint8Array): void {
    if (this.#writes?.has(key) !== true) this.#set(key, undefined, LOCK);
  }

  /** In order of keys. */
  forEach(visit: (key: Uint8Array, write: Write) => void): void {
    this.#writes?.forEachPair((key, write) => visit(key, write));
  }

  /** Whether the key must not exist at the commit. */
  mustBeAbsent(key: Uint8Array): boolean {
    const kind = this.#writes?.get(key)?.kind;
    return kind === "insert" || kind === "check-absent";
  }

  /** The buffer as it is now; later writes do not change it. Undefined when it is empty. */
  snapshot(): KeyTree<Write> | undefined {
    return this.size === 0 ? undefined : this.#writes?.clone();
  }

  #set(key: Uint8Array, before: Write | undefined, write: Write): void {
    const added = before === undefined ? key.length : -lengthOf(before);
    const bytes = this.#bytes + added + lengthOf(write);
    if (bytes > MAX_TRANSACTION_BYTES) {
      throw new TikvError(
        "ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE",
        `The transaction would write ${bytes} bytes, over the limit of ${MAX_TRANSACTION_BYTES}`,
        { hint: "Split it into several transactions" },
      );
    }
    this.#writes ??= newKeyTree();
    this.#writes.set(key, write);
    this.#bytes = bytes;
  }
}

export function valueOf(write: Write | undefined): BufferedValue {
  switch (write?.kind) {
    case "put":
    case "insert":
      return { kind: "value", value: write.value };
    case "delete":
    case "check-absent":
      return ABSENT;
    case "lock":
    case undefined:
      return UNKNOWN;
  }
}

function lengthOf(write: Write): number {
  return write.kind === "put" || write.kind === "insert" ? write.value.length : 0;
}
