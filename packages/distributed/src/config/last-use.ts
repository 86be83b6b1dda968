import { ConfigKeys } from "../keys/keys.js";
import type { KvReader, KvTransaction } from "../store/kv-store.js";

/**
 * Notes that a config or annotation file is in somebody's hands now: it was stored, or a batch has
 * just let go of it. Pruning counts its grace from then.
 */
export function writeLastUse(tx: KvTransaction, hash: string): void {
  tx.put(ConfigKeys.lastUse(hash), new TextEncoder().encode(String(tx.now)));
}

/** Milliseconds since the epoch; 0 if it was never noted. */
export async function readLastUse(reader: KvReader, hash: string): Promise<number> {
  const value = await reader.get(ConfigKeys.lastUse(hash));
  const time = value === undefined ? 0 : Number(new TextDecoder().decode(value));
  return Number.isFinite(time) ? time : 0;
}
