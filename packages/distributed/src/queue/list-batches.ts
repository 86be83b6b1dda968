import type { RoboflowError } from "@roboflow/core";
import { keySegments, prefixRange } from "../keys/codec.js";
import { BatchKeys } from "../keys/keys.js";
import type { BatchRecord } from "../records/batch-record.js";
import type { KvReader } from "../store/kv-store.js";
import { isUnreadable } from "../records/codec.js";
import { findBatch } from "./batch-writes.js";
import { DEFAULT_LIMIT, type PageOptions } from "./page.js";

export interface BatchPage {
  readonly batches: readonly BatchRecord[];
  /** Batches whose records can't be read, such as those of a newer version. */
  readonly unreadable: readonly { readonly batchId: string; readonly error: RoboflowError }[];
  /** Where the next page starts; undefined on the last. */
  readonly cursor: string | undefined;
}

/** Batches by time of creation; one short read for each, whatever their number of jobs. */
export async function listBatches(reader: KvReader, options: PageOptions): Promise<BatchPage> {
  const { limit = DEFAULT_LIMIT } = options;
  const batches: BatchRecord[] = [];
  const unreadable: { batchId: string; error: RoboflowError }[] = [];
  let cursor: string | undefined;
  for await (const batchId of batchIds(reader, options)) {
    if (batches.length + unreadable.length >= limit) return { batches, unreadable, cursor };
    cursor = batchId;
    try {
      const batch = await findBatch(reader, batchId);
      // What is left below a batch that is gone is the doctor's.
      if (batch) batches.push(batch);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      unreadable.push({ batchId, error });
    }
  }
  return { batches, unreadable, cursor: undefined };
}

/** Ids of batches, also of those of which only index entries are left. */
export async function* batchIds(
  reader: KvReader,
  { cursor, newestFirst = false }: Pick<PageOptions, "cursor" | "newestFirst"> = {},
): AsyncGenerator<string> {
  let { start, end } = prefixRange(BatchKeys.batches());
  for (let last = cursor; ;) {
    if (last !== undefined) {
      if (newestFirst) end = BatchKeys.batch(last);
      else start = prefixRange(BatchKeys.below(last)).end;
    }
    last = await firstId(reader, { start, end, limit: 1, reverse: newestFirst });
    if (last === undefined) return;
    yield last;
  }
}

async function firstId(
  reader: KvReader,
  options: Parameters<KvReader["scan"]>[0],
): Promise<string | undefined> {
  for await (const { key } of reader.scan(options)) return keySegments(key)[1];
  return undefined;
}
