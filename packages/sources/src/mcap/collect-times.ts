import type { ReadableObject } from "@roboflow/storage";
import { corrupt } from "../failure.js";
import { type Block, describeBlock, loadBlock } from "./block.js";
import { eachMessage, viewOf } from "./record.js";
import { eachIndexEntry } from "./summary-index.js";
import { totalOf } from "./tally.js";

/**
 * The log times of each topic, ascending, from message indexes where there are any; other blocks
 * are read.
 */
export async function collectTimes(
  file: ReadableObject,
  blocks: readonly Block[],
  topics: ReadonlyMap<number, string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, BigUint64Array>> {
  const columns = new Map<string, { readonly times: BigUint64Array; filled: number }>();
  for (const topic of topics.values()) {
    const ids = [...topics].flatMap(([id, name]) => (name === topic ? [id] : []));
    const count = blocks.reduce((sum, { tallies }) => sum + (totalOf(tallies, ids)?.count ?? 0), 0);
    columns.set(topic, { times: new BigUint64Array(count), filled: 0 });
  }
  const add = (channelId: number, logTime: bigint): void => {
    const column = columns.get(topics.get(channelId) ?? "");
    if (column === undefined) return;
    column.times[column.filled] = logTime;
    column.filled += 1;
  };
  const wanted = blocks.filter(({ tallies }) => totalOf(tallies, topics.keys()) !== undefined);
  file.willRead?.(wanted.map(timesPlace));
  for (const block of wanted) {
    signal?.throwIfAborted();
    const problem = await eachTime(file, block, add);
    if (problem !== undefined) throw corrupt(file.url, describeBlock(block), problem);
  }
  const sorted = new Map<string, BigUint64Array>();
  for (const [topic, { times }] of columns) sorted.set(topic, times.sort());
  return sorted;
}

/** Where the times of a block are read from. */
function timesPlace(block: Block): { readonly offset: number; readonly length: number } {
  const { offset, length } = (block.kind === "chunk" && block.messageIndex) || block;
  return { offset, length };
}

async function eachTime(
  file: ReadableObject,
  block: Block,
  visit: (channelId: number, logTime: bigint) => void,
): Promise<string | undefined> {
  if (block.kind === "chunk" && block.messageIndex !== undefined) {
    const { offset, length } = block.messageIndex;
    const problem = eachIndexEntry(await file.read(offset, length), visit);
    return problem === undefined ? undefined : `has a message index that ${problem}`;
  }
  return eachMessage(viewOf(await loadBlock(file, block)), visit);
}
