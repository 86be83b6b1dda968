import { commands, compareBytes, nextKey, type kvrpcpb, type PairList } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Region } from "../../region/region.js";
import type { PhysicalRange } from "../../limits.js";
import { ReplyPage, type Page, type PageSource } from "./page.js";
import { lockOf } from "./lock-of.js";
import { type Reader } from "./reader.js";

export interface ScanShape {
  readonly range: PhysicalRange;
  readonly reverse: boolean;
  readonly keyOnly: boolean;
  /** Entries of one request. */
  readonly pageSize: number;
  /** No more than these are asked for. */
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
}

/** Reads a range of one snapshot page by page, over whatever regions it lies in by then. */
export class Scanner implements PageSource {
  readonly #reader: Reader;
  readonly #shape: ScanShape;
  /** What is left: [start, end), its end unbounded when empty. */
  #start: Uint8Array;
  #end: Uint8Array;
  #left: number;
  #done: boolean;

  constructor(reader: Reader, shape: ScanShape) {
    this.#reader = reader;
    this.#shape = shape;
    this.#start = shape.range.start;
    this.#end = shape.range.end;
    this.#left = shape.limit;
    this.#done = this.#left <= 0 || this.#isEmpty();
  }

  async next(): Promise<Page | undefined> {
    if (this.#done) return undefined;
    const backoff = this.#reader.backoff(this.#shape.signal);
    const stale = this.#reader.recheck(this.#shape.signal);
    if (stale !== undefined) await stale;
    while (!this.#done) {
      const page = await this.#request(backoff);
      const late = this.#reader.recheck(this.#shape.signal);
      if (late !== undefined) await late;
      if (page !== undefined && page.length > 0) return page;
    }
    return undefined;
  }

  /** Undefined: again, after what was in the way. */
  async #request(backoff: Backoff): Promise<Page | undefined> {
    const { reverse, keyOnly, pageSize } = this.#shape;
    const { cluster, version, locks } = this.#reader;
    const wanted = Math.min(pageSize, this.#left);
    // One more tells whether anything follows, and spares a request that would find nothing.
    const limit = this.#left > wanted ? wanted + 1 : wanted;
    const region = await this.#region(backoff);
    const from = latest(this.#start, region.start);
    const to = earliestEnd(this.#end, region.end);
    // A reverse scan's start is its upper end.
    const [startKey, endKey] = reverse ? [to, from] : [this.#start, to];
    const request = { startKey, endKey, limit, version, keyOnly, reverse };
    const sent = await cluster.send(backoff, region, commands.scan, request, locks.options);
    if (sent.kind === "stale") return undefined;
    const { error, pairs } = sent.reply;
    if (error !== undefined) {
      await locks.meet(backoff, [lockOf(cluster, error)]);
      return undefined;
    }
    const length = Math.min(pairs.length, wanted);
    const locked = this.#locksIn(pairs, length);
    const [first] = locked;
    if (first === undefined) {
      this.#advance(pairs, length, pairs.length < limit ? { start: from, end: to } : undefined);
      return new ReplyPage(pairs, length);
    }
    // What comes before the first lock is good; the rest is read again once it may be.
    await locks.meet(
      backoff,
      locked.map(({ lock }) => lock),
    );
    this.#advance(pairs, first.index, undefined);
    return new ReplyPage(pairs, first.index);
  }

  async #region(backoff: Backoff): Promise<Region> {
    const { cluster } = this.#reader;
    if (this.#shape.reverse) return cluster.locateBefore(backoff, this.#end);
    return cluster.cachedRegion(this.#start) ?? (await cluster.locate(backoff, this.#start));
  }

  #locksIn(
    pairs: PairList,
    length: number,
  ): { readonly index: number; readonly lock: kvrpcpb.LockInfo }[] {
    const locks = [];
    for (let index = 0; index < length; index += 1) {
      const error = pairs.error(index);
      if (error !== undefined) locks.push({ index, lock: lockOf(this.#reader.cluster, error) });
    }
    return locks;
  }

  /** Past the first `count` entries, or past the whole region when it had no more. */
  #advance(pairs: PairList, count: number, exhausted: PhysicalRange | undefined): void {
    this.#left -= count;
    if (this.#shape.reverse) {
      if (exhausted !== undefined) this.#end = exhausted.start;
      else if (count > 0) this.#end = pairs.key(count - 1);
      this.#done = this.#end.length === 0 && exhausted !== undefined;
    } else {
      if (exhausted !== undefined) this.#start = exhausted.end;
      else if (count > 0) this.#start = nextKey(pairs.key(count - 1));
      this.#done = this.#start.length === 0 && exhausted !== undefined;
    }
    this.#done ||= this.#left <= 0 || this.#isEmpty();
  }

  #isEmpty(): boolean {
    return this.#end.length > 0 && compareBytes(this.#start, this.#end) >= 0;
  }
}

function latest(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b;
}

/** Of two ends, where an empty one has no bound. */
function earliestEnd(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return compareBytes(a, b) <= 0 ? a : b;
}
