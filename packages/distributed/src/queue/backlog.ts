import { prefixRange } from "../keys/codec.js";
import { JobKeys } from "../keys/keys.js";
import type { KvReader } from "../store/kv-store.js";

/** Open jobs by what they wait for: what a fleet is scaled by. */
export interface Backlog {
  /** A worker could claim them now. */
  readonly ready: number;
  /** For their time, after a failure or by wish. */
  readonly delayed: number;
  /** For their batch's limit or pause. */
  readonly waiting: number;
  readonly processing: number;
}

/** Enough for any decision about the size of a fleet. */
const MOST = 10_000;

/**
 * Counted by the indices, each up to `most`, so that it costs the same however many jobs there are.
 * The counts are of slightly different moments.
 */
export async function readBacklog(reader: KvReader, most: number = MOST): Promise<Backlog> {
  const count = (prefix: Uint8Array): Promise<number> => countKeys(reader, prefix, most);
  const [ready, delayed, waiting, processing] = await Promise.all([
    count(JobKeys.readyAll()),
    count(JobKeys.delayedAll()),
    count(JobKeys.waitingAll()),
    count(JobKeys.statuses("Processing")),
  ]);
  return { ready, delayed, waiting, processing };
}

/** Keys below the prefix, `most` at most. */
export async function countKeys(
  reader: KvReader,
  prefix: Uint8Array,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const range = prefixRange(prefix);
  if (reader.count) return reader.count({ ...range, limit: most });
  let count = 0;
  for await (const _ of reader.scan({ ...range, limit: most, latest: true })) count += 1;
  return count;
}
