import { keyAfter, keySegments, prefixRange, type KeyRange } from "../keys/codec.js";
import { JobKeys } from "../keys/keys.js";
import type { KvReader } from "../store/kv-store.js";
import type { ClaimCursor } from "./claim-cursor.js";
import { READY_SHARDS } from "./job-index.js";

/** Keys of one look: enough that two claims which start at one place rarely choose the same. */
const PAGE = 16;
const LARGEST_PAGE = 512;
/** Highest value that a shard's key can have. */
const LAST_SHARD = 999;
/** Highest priority that a key can have. */
const LAST_PRIORITY = 99;

/**
 * Keys of ready jobs, page by page: the highest priority first; within one from a random shard on,
 * and around. The first page nearly always does, and is asked for together with whatever else a
 * claim must know.
 */
export async function* readyPages(
  reader: KvReader,
  cursor: ClaimCursor,
  random: () => number,
): AsyncGenerator<Uint8Array[]> {
  const all = prefixRange(JobKeys.readyAll());
  let below = all.start;
  // Where the last claim found some, unless something more urgent has come up.
  if (cursor.priority !== undefined) {
    const { priority } = cursor;
    const { start } = priorityRange(priority);
    const shard = randomShard(priority, random);
    const [higher, page] = await Promise.all([
      firstPriority(reader, { start: all.start, end: start }),
      readKeys(reader, { start: cursor.start(shard), end: priorityRange(priority).end }, PAGE),
    ]);
    if (higher === undefined) {
      yield* aroundFrom(reader, cursor, { priority, shard, page });
      below = priorityRange(priority).end;
    }
  }
  for (;;) {
    const priority = await firstPriority(reader, { start: below, end: all.end });
    cursor.priority = priority;
    if (priority === undefined) return;
    const { end } = priorityRange(priority);
    const shard = randomShard(priority, random);
    const page = await readKeys(reader, { start: cursor.start(shard), end }, PAGE);
    yield* aroundFrom(reader, cursor, { priority, shard, page });
    below = end;
  }
}

/** Whether any job is ready; one short read. */
export async function hasReady(reader: KvReader): Promise<boolean> {
  const range = prefixRange(JobKeys.readyAll());
  for await (const _ of reader.scan({ ...range, limit: 1, latest: true })) return true;
  return false;
}

interface Place {
  readonly priority: number;
  /** Prefix of the shard to begin with. */
  readonly shard: Uint8Array;
  /** The first keys from there on. */
  readonly page: Uint8Array[];
}

async function* aroundFrom(
  reader: KvReader,
  cursor: ClaimCursor,
  { priority, shard, page }: Place,
): AsyncGenerator<Uint8Array[]> {
  const { start, end } = priorityRange(priority);
  const from = cursor.start(shard);
  const [first] = page;
  if (first !== undefined) {
    if (isBelow(first, shard)) cursor.found(shard, first);
    yield page;
    yield* pagesAfter(reader, page, end);
  }
  const before = await readKeys(reader, { start, end: from }, PAGE);
  if (before.length === 0) return;
  yield before;
  yield* pagesAfter(reader, before, from);
}

async function* pagesAfter(
  reader: KvReader,
  page: readonly Uint8Array[],
  end: Uint8Array,
): AsyncGenerator<Uint8Array[]> {
  let [last, full] = [page.at(-1), page.length === PAGE];
  for (let size = PAGE * 4; full && last !== undefined; size = Math.min(size * 4, LARGEST_PAGE)) {
    const next = await readKeys(reader, { start: keyAfter(last), end }, size);
    [last, full] = [next.at(-1), next.length === size];
    if (next.length > 0) yield next;
  }
}

async function firstPriority(reader: KvReader, range: KeyRange): Promise<number | undefined> {
  const [key] = await readKeys(reader, range, 1);
  // Stored descending: see `JobKeys.ready`.
  return key === undefined ? undefined : LAST_PRIORITY - Number(keySegments(key)[1]);
}

function randomShard(priority: number, random: () => number): Uint8Array {
  return JobKeys.readyShard(priority, Math.floor(random() * READY_SHARDS));
}

function priorityRange(priority: number): KeyRange {
  const { start } = prefixRange(JobKeys.readyShard(priority, 0));
  return { start, end: prefixRange(JobKeys.readyShard(priority, LAST_SHARD)).end };
}

function isBelow(key: Uint8Array, prefix: Uint8Array): boolean {
  return Buffer.compare(key.subarray(0, prefix.length), prefix) === 0;
}

async function readKeys(reader: KvReader, range: KeyRange, limit: number): Promise<Uint8Array[]> {
  const keys: Uint8Array[] = [];
  for await (const { key } of reader.scan({ ...range, limit })) keys.push(key);
  return keys;
}
