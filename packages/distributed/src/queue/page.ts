import { keyAfter, prefixRange } from "../keys/codec.js";
import type { KvPair, KvReader } from "../store/kv-store.js";

export interface PageOptions {
  /** At most so many, 100 by default. */
  readonly limit?: number;
  /** `cursor` of the page before. */
  readonly cursor?: string;
  /** From the latest to the oldest. */
  readonly newestFirst?: boolean;
}

export const DEFAULT_LIMIT = 100;

/** Pairs below the prefix after the cursor, without end. */
export function scanFrom(
  reader: KvReader,
  prefix: Uint8Array,
  { cursor, newestFirst = false }: Pick<PageOptions, "cursor" | "newestFirst">,
): AsyncIterable<KvPair> {
  const { start, end } = prefixRange(prefix);
  const at = cursor === undefined ? undefined : cursorKey(cursor);
  if (newestFirst) return reader.scan({ start, end: at ?? end, reverse: true });
  return reader.scan({ start: at === undefined ? start : keyAfter(at), end });
}

/** Opaque to callers; goes on after `key`. */
export function cursorOf(key: Uint8Array): string {
  return Buffer.from(key).toString("base64url");
}

function cursorKey(cursor: string): Uint8Array {
  return Buffer.from(cursor, "base64url");
}
