import type { ReadableObject } from "@roboflow/storage";
import { Heap } from "heap-js";
import { LRUCache } from "lru-cache";
import { corrupt } from "../failure.js";
import type { RawMessage } from "../recording.js";
import { type Block, describeBlock, loadBlock } from "./block.js";
import { listMessages, type MessageList } from "./message-list.js";
import { rawMessageAt, viewOf } from "./record.js";
import { agree, totalOf } from "./tally.js";

/** Enough that blocks which overlap in time stay loaded in all but hopelessly mixed files. */
const MAX_LOADED_BYTES = 256 * 1024 * 1024;

export interface OrderedReadOptions {
  /** Topic by the channels to read. */
  readonly topics: ReadonlyMap<number, string>;
  /** Inclusive. */
  readonly startTime: bigint;
  readonly endTime: bigint;
  readonly signal: AbortSignal | undefined;
  /** Blocks beyond it are dropped and loaded again when their next message is due. */
  readonly maxLoadedBytes?: number;
}

interface Loaded {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

interface Cursor {
  readonly block: Block;
  readonly list: MessageList;
  readonly end: number;
  at: number;
  time: bigint;
}

/**
 * The messages of those channels in order of log time, equal times in file order: a merge of the
 * blocks that overlap in time, each loaded when its first wanted message may be next.
 */
export async function* orderedMessages(
  file: ReadableObject,
  blocks: readonly Block[],
  options: OrderedReadOptions,
): AsyncGenerator<RawMessage, void, void> {
  const { topics, signal } = options;
  const waiting = blocksInReach(blocks, options);
  // The order in which they are loaded below.
  file.willRead?.(waiting.map(({ block: { offset, length } }) => ({ offset, length })));
  const active = new Heap<Cursor>(
    (a, b) => Number(a.time - b.time) || a.block.offset - b.block.offset,
  );
  const loaded = new LRUCache<Block, Loaded>({
    maxSize: options.maxLoadedBytes ?? MAX_LOADED_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length || 1,
  });
  let next = 0;
  for (;;) {
    for (
      let candidate = waiting[next];
      candidate !== undefined && candidate.first <= (active.peek()?.time ?? candidate.first);
      candidate = waiting[++next]
    ) {
      signal?.throwIfAborted();
      const content = await load(file, candidate.block);
      const cursor = openCursor(file, candidate.block, content, options);
      if (cursor === undefined) continue;
      loaded.set(candidate.block, content);
      active.push(cursor);
    }
    const cursor = active.pop();
    if (cursor === undefined) return;
    const { block, list } = cursor;
    const { bytes, view } = loaded.get(block) ?? (await load(file, block));
    loaded.set(block, { bytes, view });
    // Up to there no other block can be earlier, so the heap has nothing to decide.
    const limit = earlier(active.peek()?.time, waiting[next]?.first);
    do {
      signal?.throwIfAborted();
      const contentAt = list.offsets[cursor.at] ?? 0;
      const topic = topics.get(view.getUint16(contentAt, true)) ?? "";
      yield rawMessageAt(bytes, view, contentAt, list.lengths[cursor.at] ?? 0, topic);
      cursor.at += 1;
      cursor.time = list.times[cursor.at] ?? 0n;
    } while (cursor.at < cursor.end && isBefore(cursor.time, limit));
    if (cursor.at < cursor.end) active.push(cursor);
    else loaded.delete(block);
  }
}

/** The blocks that hold wanted messages, by the time of their first. */
function blocksInReach(
  blocks: readonly Block[],
  { topics, startTime, endTime }: OrderedReadOptions,
): { readonly block: Block; readonly first: bigint }[] {
  const inReach: { block: Block; first: bigint }[] = [];
  for (const block of blocks) {
    const total = totalOf(block.tallies, topics.keys());
    if (total !== undefined && total.first <= endTime && total.last >= startTime) {
      inReach.push({ block, first: total.first });
    }
  }
  return inReach.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
}

async function load(file: ReadableObject, block: Block): Promise<Loaded> {
  const bytes = await loadBlock(file, block);
  return { bytes, view: viewOf(bytes) };
}

/** Undefined if none of its wanted messages is within the bounds. */
function openCursor(
  file: ReadableObject,
  block: Block,
  { view }: Loaded,
  { topics, startTime, endTime }: OrderedReadOptions,
): Cursor | undefined {
  const list = listMessages(view, (channelId) => topics.has(channelId));
  if (typeof list === "string") throw corrupt(file.url, describeBlock(block), list);
  if (!agree(list.tallies, block.tallies, topics.keys())) {
    throw corrupt(file.url, describeBlock(block), "holds other messages than its index says");
  }
  const at = firstAtOrAfter(list.times, startTime);
  const end = firstAtOrAfter(list.times, endTime + 1n);
  return at < end ? { block, list, at, end, time: list.times[at] ?? 0n } : undefined;
}

function firstAtOrAfter(times: BigUint64Array, time: bigint): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0n) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(time: bigint, limit: bigint | undefined): boolean {
  return limit === undefined || time < limit;
}

function earlier(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
