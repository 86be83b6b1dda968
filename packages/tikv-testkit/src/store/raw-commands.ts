import { compareBytes } from "@roboflow/tikv-proto";
import { clip } from "../key-span.js";
import type { Command, CommandScope } from "./command.js";

const NO_TTL = "ttl is not enabled, but got a put request with ttl";

function refusesTtl({ state }: CommandScope, ttls: readonly bigint[]): boolean {
  return state.apiVersion === "v1" && ttls.some((ttl) => ttl !== 0n);
}

export const rawGet: Command<"RawGet"> = {
  data: "raw",
  keys: ({ key }) => [key],
  run({ state }, { key, cf }) {
    const value = state.raw.get(cf, key);
    return value === undefined ? { notFound: true } : { value };
  },
};

export const rawBatchGet: Command<"RawBatchGet"> = {
  data: "raw",
  keys: ({ keys }) => keys,
  run: ({ state }, { keys, cf }) => ({
    pairs: keys.flatMap((key) => {
      const value = state.raw.get(cf, key);
      return value === undefined ? [] : [{ key, value }];
    }),
  }),
};

export const rawPut: Command<"RawPut"> = {
  data: "raw",
  keys: ({ key }) => [key],
  run(scope, { key, value, cf, ttl }) {
    if (refusesTtl(scope, [ttl])) {
      return { error: NO_TTL };
    }
    scope.state.raw.put(cf, key, value, ttl);
    return {};
  },
};

export const rawBatchPut: Command<"RawBatchPut"> = {
  data: "raw",
  keys: ({ pairs }) => pairs.map(({ key }) => key),
  run(scope, { pairs, cf, ttl, ttls }) {
    if (refusesTtl(scope, [ttl, ...ttls])) {
      return { error: NO_TTL };
    }
    if (ttls.length > 1 && ttls.length !== pairs.length) {
      return { error: `${ttls.length} ttls for ${pairs.length} pairs` };
    }
    for (const [index, { key, value }] of pairs.entries()) {
      // One of a list is for all, as is `ttl`, which older clients send.
      scope.state.raw.put(cf, key, value, ttls[index] ?? ttls[0] ?? ttl);
    }
    return {};
  },
};

export const rawDelete: Command<"RawDelete"> = {
  data: "raw",
  keys: ({ key }) => [key],
  run({ state }, { key, cf }) {
    state.raw.delete(cf, key);
    return {};
  },
};

export const rawBatchDelete: Command<"RawBatchDelete"> = {
  data: "raw",
  keys: ({ keys }) => keys,
  run({ state }, { keys, cf }) {
    for (const key of keys) {
      state.raw.delete(cf, key);
    }
    return {};
  },
};

export const rawScan: Command<"RawScan"> = {
  data: "raw",
  keys: ({ startKey, reverse }) => (reverse || startKey.length === 0 ? [] : [startKey]),
  run({ state, span }, request) {
    const [low, high] = request.reverse
      ? [request.endKey, request.startKey]
      : [request.startKey, request.endKey];
    const part = clip(span, low, high);
    const found = state.raw.scan(request.cf, part, request.reverse, request.limit);
    return { kvs: request.keyOnly ? found.map(({ key }) => ({ key })) : found };
  },
};

export const rawDeleteRange: Command<"RawDeleteRange"> = {
  data: "raw",
  keys: ({ startKey }) => (startKey.length === 0 ? [] : [startKey]),
  run({ state, span }, { startKey, endKey, cf }) {
    state.raw.deleteRange(cf, clip(span, startKey, endKey));
    return {};
  },
};

export const rawGetKeyTTL: Command<"RawGetKeyTTL"> = {
  data: "raw",
  keys: ({ key }) => [key],
  run({ state }, { key, cf }) {
    const ttl = state.raw.ttlSeconds(cf, key);
    return ttl === undefined ? { notFound: true } : { ttl };
  },
};

export const rawCompareAndSwap: Command<"RawCompareAndSwap"> = {
  data: "raw",
  keys: ({ key }) => [key],
  run(scope, request) {
    if (refusesTtl(scope, [request.ttl])) {
      return { error: NO_TTL };
    }
    const { raw } = scope.state;
    const { key, cf } = request;
    const previous = raw.get(cf, key);
    const succeed =
      previous === undefined
        ? request.previousNotExist
        : !request.previousNotExist && compareBytes(previous, request.previousValue) === 0;
    if (succeed && request.delete) {
      raw.delete(cf, key);
    } else if (succeed) {
      raw.put(cf, key, request.value, request.ttl);
    }
    return previous === undefined
      ? { succeed, previousNotExist: true }
      : { succeed, previousValue: previous };
  },
};
