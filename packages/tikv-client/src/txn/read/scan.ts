import type { KeyCodec } from "../../key-codec.js";
import { TikvError } from "../../error.js";
import { checkCount, physicalRange, type KeyLike } from "../../limits.js";
import { ListPage, type Page, type PageSource } from "./page.js";
import type { ScanShape } from "./scanner.js";

export interface ScanOptions {
  /** First key; default: the first there is. */
  readonly start?: KeyLike;
  /** The key behind the last one; default: no bound. */
  readonly end?: KeyLike;
  /** From the end down. Default false. */
  readonly reverse?: boolean;
  /** Entries at most. Default: all. */
  readonly limit?: number;
  /** Leaves the values out: they are empty. Default false. */
  readonly keyOnly?: boolean;
  /** Entries of one request. Default 256. */
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
}

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const PAGE_SIZE = 256;
/** What a request can ask for, 32 bits, less the one that is asked for beyond a page. */
const MOST = 0xffff_fffe;

/** @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT` */
export function scanShape(
  codec: KeyCodec,
  options: ScanOptions,
  defaultSignal: AbortSignal | undefined,
): ScanShape {
  const { reverse = false, keyOnly = false } = options;
  const { limit = Number.POSITIVE_INFINITY, pageSize = PAGE_SIZE } = options;
  checkCount("limit", limit, 0);
  checkCount("pageSize", pageSize, 1);
  if (pageSize > MOST) {
    throw new TikvError("ERR_ROBOFLOW_TIKV_ARGUMENT", `pageSize is ${pageSize}, over ${MOST}`);
  }
  const range = physicalRange(codec, options);
  return { range, reverse, keyOnly, limit, pageSize, signal: options.signal ?? defaultSignal };
}

/**
 * A scan that has not begun: each iteration over it runs it anew. At most two pages are in memory,
 * since the next is asked for while one is read once a second was wanted.
 */
export class Scan implements AsyncIterable<KeyValue> {
  readonly #codec: KeyCodec;
  readonly #open: () => PageSource;

  constructor(codec: KeyCodec, open: () => PageSource) {
    this.#codec = codec;
    this.#open = open;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<KeyValue> {
    return new EntryIterator(this.#codec, this.#open());
  }

  /** Whole pages, whose keys and values become views only when asked for. */
  async *pages(): AsyncGenerator<Page> {
    const ahead = new ReadAhead(this.#open());
    for (let page = await ahead.next(); page !== undefined; page = await ahead.next()) {
      yield this.#decoded(page);
    }
  }

  /** All of it. The memory is the result's size. */
  async toArray(): Promise<KeyValue[]> {
    const entries: KeyValue[] = [];
    for await (const page of this.pages()) {
      for (let index = 0; index < page.length; index += 1) {
        entries.push({ key: page.key(index), value: page.value(index) });
      }
    }
    return entries;
  }

  #decoded(page: Page): Page {
    if (this.#codec.apiVersion !== "v2") return page;
    return new ListPage(
      Array.from({ length: page.length }, (_, index) => [
        this.#codec.decode(page.key(index)),
        page.value(index),
      ]),
    );
  }
}

/** Asks for the next page early, once the reader has come back for a second one. */
class ReadAhead {
  readonly #source: PageSource;
  #taken = 0;
  #ahead: Promise<Page | undefined> | undefined;

  constructor(source: PageSource) {
    this.#source = source;
  }

  async next(): Promise<Page | undefined> {
    const page = await (this.#ahead ?? this.#source.next());
    this.#ahead = undefined;
    this.#taken += 1;
    if (page !== undefined && this.#taken > 1) {
      this.#ahead = this.#source.next();
      // Whoever takes the page is told; a reader who stops before need not be.
      this.#ahead.catch(() => {});
    }
    return page;
  }
}

/** By hand, because an async generator costs several promises an entry. */
class EntryIterator implements AsyncIterableIterator<KeyValue> {
  readonly #codec: KeyCodec;
  readonly #pages: ReadAhead;
  #page: Page | undefined;
  #index = 0;
  #loading: Promise<IteratorResult<KeyValue>> | undefined;
  #done = false;

  constructor(codec: KeyCodec, source: PageSource) {
    this.#codec = codec;
    this.#pages = new ReadAhead(source);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<KeyValue>> {
    const page = this.#page;
    if (page !== undefined && this.#index < page.length && this.#loading === undefined) {
      return Promise.resolve({ done: false, value: this.#entry(page) });
    }
    if (this.#loading === undefined) {
      this.#loading = this.#load();
      return this.#loading;
    }
    // Calls that overlap take their turns.
    return this.#loading.then(() => this.next());
  }

  return(): Promise<IteratorResult<KeyValue>> {
    this.#done = true;
    this.#page = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  async #load(): Promise<IteratorResult<KeyValue>> {
    try {
      const page = this.#done ? undefined : await this.#pages.next();
      this.#page = this.#done ? undefined : page;
      this.#index = 0;
    } catch (error) {
      this.#done = true;
      throw error;
    } finally {
      this.#loading = undefined;
    }
    if (this.#page === undefined) {
      this.#done = true;
      return { done: true, value: undefined };
    }
    return { done: false, value: this.#entry(this.#page) };
  }

  #entry(page: Page): KeyValue {
    const index = this.#index++;
    const key = page.key(index);
    return {
      key: this.#codec.apiVersion === "v2" ? this.#codec.decode(key) : key,
      value: page.value(index),
    };
  }
}
