import { collectGarbage } from "../mvcc/collect-garbage.js";
import { ENCODED, PLAIN } from "../region/key-form.js";
import { regionMeta } from "../region/region.js";
import { clip } from "../key-span.js";
import type { Command } from "./command.js";

export const kvGC: Command<"KvGC"> = {
  data: "txn",
  keys: () => [],
  run({ state, span }, { safePoint }) {
    collectGarbage(state.engine, span, safePoint);
    return {};
  },
};

export const kvDeleteRange: Command<"KvDeleteRange"> = {
  data: "txn",
  keys: ({ startKey }) => (startKey.length === 0 ? [] : [startKey]),
  run({ state, span }, request) {
    if (!request.notifyOnly) {
      const { start, end } = clip(span, request.startKey, request.endKey);
      state.engine.store.destroy(start, end);
    }
    return {};
  },
};

/** Goes to a store as a whole, with no region; the stores share what it destroys. */
export const unsafeDestroyRange: Command<"UnsafeDestroyRange"> = {
  data: "txn",
  keys: () => [],
  run({ state }, { startKey, endKey }) {
    const end = endKey.length === 0 ? undefined : endKey;
    state.engine.store.destroy(startKey, end);
    state.raw.destroy({ start: startKey, end });
    return {};
  },
};

export const splitRegion: Command<"SplitRegion"> = {
  data: "txn",
  // Which form they are in, the request says itself: checked below.
  keys: () => [],
  run({ state, region }, request) {
    const form = request.isRawKv && state.apiVersion !== "v2" ? PLAIN : ENCODED;
    const keys = request.splitKeys.length > 0 ? request.splitKeys : [request.splitKey];
    const bounds = keys.map((key) => form.toBound(key));
    if (bounds.some((bound) => state.regions.byKey(bound).id !== region.id)) {
      return { regionError: { message: `a split key is not in region ${region.id}` } };
    }
    const regions = state.regions.split(bounds).map(regionMeta);
    const [left, right] = regions;
    return regions.length === 2 && left !== undefined && right !== undefined
      ? { regions, left, right }
      : { regions };
  },
};
