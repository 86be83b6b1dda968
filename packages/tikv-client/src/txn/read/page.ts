import type { PairList } from "@roboflow/tikv-proto";

/** Some neighbouring entries of a scan, in its order; `value` is empty when only keys were asked for. */
export interface Page {
  readonly length: number;
  /** Views of one reply: a kept one keeps the whole reply alive; `slice()` copies it out. */
  key(index: number): Uint8Array;
  value(index: number): Uint8Array;
}

/** Physical pages of a range, one request each; undefined at the end. */
export interface PageSource {
  next(): Promise<Page | undefined>;
}

/** The first `length` entries of a reply. */
export class ReplyPage implements Page {
  readonly length: number;
  readonly #pairs: PairList;

  constructor(pairs: PairList, length: number) {
    this.#pairs = pairs;
    this.length = length;
  }

  key(index: number): Uint8Array {
    return this.#pairs.key(index);
  }

  value(index: number): Uint8Array {
    return this.#pairs.value(index);
  }
}

/** Entries that lie in memory. */
export class ListPage implements Page {
  readonly #entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[];

  constructor(entries: readonly (readonly [key: Uint8Array, value: Uint8Array])[]) {
    this.#entries = entries;
  }

  get length(): number {
    return this.#entries.length;
  }

  key(index: number): Uint8Array {
    return this.#at(index)[0];
  }

  value(index: number): Uint8Array {
    return this.#at(index)[1];
  }

  #at(index: number): readonly [Uint8Array, Uint8Array] {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`No entry ${index} of ${this.length}`);
    return entry;
  }
}
