import { commands, compareBytes, type kvrpcpb, type PairList } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Region } from "../../region/region.js";
import { atMost, CONCURRENCY } from "../region-batches.js";
import type { Cluster } from "../../cluster.js";
import { lockOf } from "./lock-of.js";
import type { ReadLocks } from "./read-locks.js";

/** What was committed at `version`, and the locks that its reads have met. */
export interface ReadView {
  readonly cluster: Cluster;
  readonly version: bigint;
  readonly locks: ReadLocks;
}

/** client-go's limit of keys in one request. */
const KEYS_PER_REQUEST = 5120;

/** The values of `keys`, in their order; regions are asked at once. */
export async function batchRead(
  view: ReadView,
  backoff: Backoff,
  keys: readonly Uint8Array[],
): Promise<(Uint8Array | undefined)[]> {
  const values = Array.from<Uint8Array | undefined>({ length: keys.length });
  const only = onlyRegion(view, keys);
  if (only !== undefined && keys.length <= KEYS_PER_REQUEST) {
    await readRegion(view, backoff, { region: only, keys, indexes: undefined }, values);
  } else {
    const all = keys.map((_, index) => index);
    await readParts(view, backoff, keys, all, values);
  }
  return values;
}

/** Keys of one region; `indexes` says where their values go, undefined: in the order of keys. */
interface Part {
  readonly region: Region;
  readonly keys: readonly Uint8Array[];
  readonly indexes: readonly number[] | undefined;
}

/** The region that holds every key, if the cache knows that: the usual case without a sort. */
function onlyRegion(view: ReadView, keys: readonly Uint8Array[]): Region | undefined {
  const [first] = keys;
  if (first === undefined) return undefined;
  const region = view.cluster.cachedRegion(first);
  if (region === undefined) return undefined;
  const { start, end } = region;
  const inside = keys.every(
    (key) => compareBytes(key, start) >= 0 && (end.length === 0 || compareBytes(key, end) < 0),
  );
  return inside ? region : undefined;
}

async function readParts(
  view: ReadView,
  backoff: Backoff,
  keys: readonly Uint8Array[],
  indexes: readonly number[],
  values: (Uint8Array | undefined)[],
): Promise<void> {
  if (keys.length === 0) return;
  const parts: Part[] = [];
  for (const group of await view.cluster.group(backoff, keys)) {
    for (let from = 0; from < group.indexes.length; from += KEYS_PER_REQUEST) {
      const chunk = group.indexes.slice(from, from + KEYS_PER_REQUEST);
      parts.push({
        region: group.region,
        keys: chunk.flatMap((at) => keys[at] ?? []),
        indexes: chunk.flatMap((at) => indexes[at] ?? []),
      });
    }
  }
  await atMost(
    CONCURRENCY,
    parts.map((part) => () => {
      return readRegion(view, parts.length === 1 ? backoff : backoff.fork(), part, values);
    }),
  );
}

async function readRegion(
  view: ReadView,
  backoff: Backoff,
  part: Part,
  values: (Uint8Array | undefined)[],
): Promise<void> {
  const { cluster, version, locks } = view;
  const request = { keys: [...part.keys], version };
  const sent = await cluster.send(backoff, part.region, commands.batchGet, request, locks.options);
  if (sent.kind === "stale") {
    await readParts(view, backoff, part.keys, indexesOf(part), values);
    return;
  }
  const { error, pairs } = sent.reply;
  if (error !== undefined) {
    await locks.meet(backoff, [lockOf(cluster, error)]);
    await readParts(view, backoff, part.keys, indexesOf(part), values);
    return;
  }
  const { locked, missed } = take(view, part, pairs, values);
  if (locked.length === 0) return;
  await locks.meet(backoff, locked);
  await readParts(view, backoff, missed.keys, missed.indexes, values);
}

function indexesOf(part: Part): readonly number[] {
  return part.indexes ?? part.keys.map((_, index) => index);
}

interface Taken {
  readonly locked: kvrpcpb.LockInfo[];
  readonly missed: { readonly keys: Uint8Array[]; readonly indexes: number[] };
}

/** Puts the found values in their places. */
function take(
  view: ReadView,
  part: Part,
  pairs: PairList,
  values: (Uint8Array | undefined)[],
): Taken {
  const taken: Taken = { locked: [], missed: { keys: [], indexes: [] } };
  const places = new Places(part.keys);
  for (let index = 0; index < pairs.length; index += 1) {
    const error = pairs.error(index);
    const lock = error === undefined ? undefined : lockOf(view.cluster, error);
    const key = lock?.key ?? pairs.key(index);
    const at = places.of(key);
    const place = part.indexes === undefined ? at : part.indexes[at];
    if (at < 0 || place === undefined) continue;
    if (lock === undefined) {
      values[place] = pairs.value(index);
    } else {
      taken.locked.push(lock);
      taken.missed.keys.push(key);
      taken.missed.indexes.push(place);
    }
  }
  return taken;
}

/** Where each key of an answer was in the request: TiKV answers in its order, leaving out some. */
class Places {
  readonly #keys: readonly Uint8Array[];
  #next = 0;
  #byText: Map<string, number[]> | undefined;

  constructor(keys: readonly Uint8Array[]) {
    this.#keys = keys;
  }

  /** -1: not asked for, or found as often as it was. */
  of(key: Uint8Array): number {
    const keys = this.#keys;
    for (let at = this.#next; at < keys.length; at += 1) {
      const asked = keys[at];
      if (asked !== undefined && compareBytes(asked, key) === 0) {
        this.#next = at + 1;
        return at;
      }
    }
    return this.#outOfOrder(key);
  }

  #outOfOrder(key: Uint8Array): number {
    if (this.#byText === undefined) {
      this.#byText = new Map();
      for (const [at, asked] of this.#keys.entries()) {
        const list = this.#byText.get(textOf(asked));
        if (list === undefined) this.#byText.set(textOf(asked), [at]);
        else list.push(at);
      }
    }
    this.#next = this.#keys.length;
    return this.#byText.get(textOf(key))?.shift() ?? -1;
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}
