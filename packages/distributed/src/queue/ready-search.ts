import { keyAfter, keySegments, prefixRange, type KeyRange } from "../keys/codec.js";
import { JobKeys } from "../keys/keys.js";
import type { KvReader } from "../store/kv-store.js";
import type { ClaimCursor, ClaimTicket } from "./claim-cursor.js";

/** Keys of one look: enough that two claims which meet at one place rarely choose the same. */
const PAGE = 16;
const LARGEST_PAGE = 512;
/** Highest value that a shard's key can have. */
const LAST_SHARD = 999;
/** Highest priority that a key can have. */
const LAST_PRIORITY = 99;

/**
 * Keys of ready jobs, page by page: the highest priority first; within one from the process's place
 * on, and around. The first page nearly always does, and is asked for together with whatever else a
 * claim must know.
 */
export async function* readyPages(
  reader: KvReader,
  cursor: ClaimCursor,
  ticket: ClaimTicket,
  random: () => number,
): AsyncGenerator<Uint8Array[]> {
  const all = prefixRange(JobKeys.readyAll());
  const { priority } = cursor;
  const { start, end } = priorityRange(priority);
  const place = cursor.place(ticket, random);
  const shard = JobKeys.readyShard(priority, place);
  const from = cursor.start(shard);
  // Those that neighbours are about to claim don't count.
  const size = PAGE + cursor.crowd;
  const [urgent, page] = await Promise.all([
    readKeys(reader, { start: all.start, end: start }, PAGE),
    readKeys(reader, { start: from, end }, size),
  ]);
  if (urgent.length > 0) {
    // It has come up since the last claim.
    yield* downFrom(reader, cursor, urgent, all.end);
    return;
  }
  const [first] = page;
  if (first !== undefined && isBelow(first, shard)) cursor.found(shard, first);
  cursor.arrive(ticket, first && shardOf(first));
  yield* pagesFrom(reader, page, end, size);
  cursor.leave(ticket);
  // Not before it must be: a store may have to pass there what has been claimed of late.
  yield* pagesFrom(reader, await readKeys(reader, { start, end: from }, PAGE), from);
  yield* downFrom(
    reader,
    cursor,
    await readKeys(reader, { start: end, end: all.end }, PAGE),
    all.end,
  );
}

/** From the priority of the first key down; the next claim begins there. */
async function* downFrom(
  reader: KvReader,
  cursor: ClaimCursor,
  first: Uint8Array[],
  last: Uint8Array,
): AsyncGenerator<Uint8Array[]> {
  for (let page = first; ;) {
    const [key] = page;
    if (key === undefined) return;
    cursor.priority = priorityOf(key);
    const { end } = priorityRange(cursor.priority);
    const same = page.filter((other) => Buffer.compare(other, end) < 0);
    if (same.length < page.length) yield same;
    else yield* pagesFrom(reader, page, end);
    page = await readKeys(reader, { start: end, end: last }, PAGE);
  }
}

/** Whether any job is ready; one short read. */
export async function hasReady(reader: KvReader): Promise<boolean> {
  const range = prefixRange(JobKeys.readyAll());
  for await (const _ of reader.scan({ ...range, limit: 1, latest: true })) return true;
  return false;
}

/** The page, if it holds any, and what follows up to `end`. */
async function* pagesFrom(
  reader: KvReader,
  page: Uint8Array[],
  end: Uint8Array,
  asked = PAGE,
): AsyncGenerator<Uint8Array[]> {
  if (page.length > 0) yield page;
  let [last, full] = [page.at(-1), page.length === asked];
  for (let size = PAGE * 4; full && last !== undefined; size = Math.min(size * 4, LARGEST_PAGE)) {
    const next = await readKeys(reader, { start: keyAfter(last), end }, size);
    [last, full] = [next.at(-1), next.length === size];
    if (next.length > 0) yield next;
  }
}

function priorityOf(key: Uint8Array): number {
  // Stored descending: see `JobKeys.ready`.
  return LAST_PRIORITY - Number(keySegments(key)[1]);
}

function shardOf(key: Uint8Array): number {
  return Number(keySegments(key)[2]);
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
