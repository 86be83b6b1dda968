/** What a key of API v2 belongs to: each kind has its own letter in front. */
export type KeyMode = "raw" | "txn";

const LETTERS = { raw: "r".charCodeAt(0), txn: "x".charCodeAt(0) } as const;
const MAX_ID = 0xff_ff_ff;

/**
 * The four bytes that begin every key of a keyspace in API v2: the mode's letter, then the id in
 * three bytes, big endian (TiKV RFC 69).
 * @throws RangeError when the id does not fit
 */
export function keyspacePrefix(mode: KeyMode, id: number): Uint8Array {
  if (!Number.isInteger(id) || id < 0 || id > MAX_ID) {
    throw new RangeError(`Keyspace id ${id} does not fit into three bytes`);
  }
  return Uint8Array.of(LETTERS[mode], id >>> 16, (id >>> 8) & 0xff, id & 0xff);
}
