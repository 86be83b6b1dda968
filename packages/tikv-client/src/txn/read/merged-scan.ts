import { compareBytes } from "@roboflow/tikv-proto";
import type { KeyTree } from "../../key-tree.js";
import { valueOf, type Write } from "../write-buffer.js";
import { ListPage, type Page, type PageSource } from "./page.js";
import type { ScanShape } from "./scanner.js";

const NO_VALUE = new Uint8Array(0);

type Entry = readonly [key: Uint8Array, value: Uint8Array];

/** A scan of the store with a transaction's own writes laid over it. */
export class MergedScan implements PageSource {
  readonly #store: PageSource;
  readonly #writes: KeyTree<Write>;
  readonly #shape: ScanShape;
  /** The next own write in the range, if any is left. */
  #own: [Uint8Array, Write] | undefined;
  #left: number;
  #exhausted = false;

  /** `store` must not be limited: own deletes take entries out of it. */
  constructor(store: PageSource, writes: KeyTree<Write>, shape: ScanShape) {
    this.#store = store;
    this.#writes = writes;
    this.#shape = shape;
    this.#left = shape.limit;
    this.#own = this.#first();
  }

  async next(): Promise<Page | undefined> {
    while (this.#left > 0 && !this.#exhausted) {
      const page = await this.#store.next();
      const entries = page === undefined ? this.#rest() : this.#merge(page);
      if (page === undefined) this.#exhausted = true;
      this.#left -= entries.length;
      if (entries.length > 0) return new ListPage(entries);
    }
    return undefined;
  }

  #merge(page: Page): Entry[] {
    const entries: Entry[] = [];
    for (let index = 0; index < page.length && entries.length < this.#left; index += 1) {
      const key = page.key(index);
      let covered = false;
      for (let own = this.#own; own !== undefined; own = this.#own) {
        const order = this.#order(own[0], key);
        if (order > 0 || entries.length >= this.#left) break;
        const known = this.#take(entries, own);
        if (order === 0) covered = known;
      }
      if (!covered && entries.length < this.#left) entries.push([key, page.value(index)]);
    }
    return entries;
  }

  /** Own writes behind the store's last entry: a page of them. */
  #rest(): Entry[] {
    const entries: Entry[] = [];
    for (let own = this.#own; own !== undefined && entries.length < this.#left; own = this.#own) {
      this.#take(entries, own);
    }
    return entries;
  }

  /** False for a mere lock, which leaves the store's value to be seen. */
  #take(entries: Entry[], own: [Uint8Array, Write]): boolean {
    const [key, write] = own;
    this.#own = this.#following(key);
    const value = valueOf(write);
    if (value.kind === "value") entries.push([key, this.#shape.keyOnly ? NO_VALUE : value.value]);
    return value.kind !== "unknown";
  }

  #order(a: Uint8Array, b: Uint8Array): number {
    return this.#shape.reverse ? compareBytes(b, a) : compareBytes(a, b);
  }

  #first(): [Uint8Array, Write] | undefined {
    const { range, reverse } = this.#shape;
    if (reverse) {
      return this.#inRange(
        this.#writes.nextLowerPair(range.end.length === 0 ? undefined : range.end),
      );
    }
    return this.#inRange(this.#writes.getPairOrNextHigher(range.start));
  }

  #following(key: Uint8Array): [Uint8Array, Write] | undefined {
    const tree = this.#writes;
    return this.#inRange(this.#shape.reverse ? tree.nextLowerPair(key) : tree.nextHigherPair(key));
  }

  #inRange(pair: [Uint8Array, Write] | undefined): [Uint8Array, Write] | undefined {
    if (pair === undefined) return undefined;
    const { start, end } = this.#shape.range;
    const inside = this.#shape.reverse
      ? compareBytes(pair[0], start) >= 0
      : end.length === 0 || compareBytes(pair[0], end) < 0;
    return inside ? pair : undefined;
  }
}
