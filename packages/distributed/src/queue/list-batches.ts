import { keySegments, prefixRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { KvReader } from "../store/kv-store.js";
import { readBatch } from "./batch-writes.js";
import { DEFAULT_LIMIT, type PageOptions } from "./page.js";

export interface BatchPage {
  readonly batches: readonly BatchRecord[];
  /** Where the next page starts; undefined on the last. */
  readonly cursor: string | undefined;
}

/** Batches by time of creation; one short read for each, whatever their number of jobs. */
export async function listBatches(
  reader: KvReader,
  { limit = DEFAULT_LIMIT, cursor, newestFirst = false }: PageOptions,
): Promise<BatchPage> {
  const batches: BatchRecord[] = [];
  let { start, end } = prefixRange(BatchKeys.batches());
  const skip = (id: string): void => {
    if (newestFirst) end = BatchKeys.batch(id);
    else start = prefixRange(BatchKeys.below(id)).end;
  };
  if (cursor !== undefined) skip(cursor);
  for (;;) {
    const id = await firstId(reader, { start, end, limit: 1, reverse: newestFirst });
    if (id === undefined) return { batches, cursor: undefined };
    if (batches.length >= limit) return { batches, cursor: batches.at(-1)?.id };
    batches.push(await readBatch(reader, id));
    skip(id);
  }
}

async function firstId(
  reader: KvReader,
  options: Parameters<KvReader["scan"]>[0],
): Promise<string | undefined> {
  for await (const { key } of reader.scan(options)) return keySegments(key)[1];
  return undefined;
}
