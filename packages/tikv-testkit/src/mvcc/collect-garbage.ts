import type { Engine } from "./engine.js";
import type { KeySpan } from "../key-span.js";
import type { Write } from "./write.js";

/** Forgets versions that no read at or after `safePoint` can see. Locks stay. */
export function collectGarbage(engine: Engine, span: KeySpan, safePoint: bigint): void {
  const { store } = engine;
  for (const key of store.keys(span.start, span.end, false)) {
    const visible = store.seekPut(key, safePoint);
    const keep = (write: Write): boolean => write.commitTs > safePoint || write === visible;
    store.keepWrites(key, keep);
  }
}
