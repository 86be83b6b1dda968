import type { MessageInitShape } from "@bufbuild/protobuf";
import type { kvrpcpb } from "@roboflow/tikv-proto";
import { keyError } from "../mvcc/fault.js";
import { mvccInfo } from "../mvcc/mvcc-info.js";
import { noteRead, readKey, readView, scan, type ReadResult } from "../mvcc/read.js";
import { clip } from "../key-span.js";
import type { Command } from "./command.js";

type PairInit = MessageInitShape<typeof kvrpcpb.KvPairSchema>;

export const kvGet: Command<"KvGet"> = {
  data: "txn",
  keys: ({ key }) => [key],
  run({ state }, request) {
    const view = readView(request.version, request.context);
    noteRead(state.engine, view);
    const result = readKey(state.engine, request.key, view);
    switch (result.kind) {
      case "fault":
        return { error: keyError(result.fault) };
      case "absent":
        return { notFound: true };
      case "found":
        return {
          value: result.value,
          commitTs: request.needCommitTs ? result.commitTs : 0n,
        };
    }
  },
};

export const kvBatchGet: Command<"KvBatchGet"> = {
  data: "txn",
  keys: ({ keys }) => keys,
  run({ state }, request) {
    const view = readView(request.version, request.context);
    noteRead(state.engine, view);
    return {
      pairs: request.keys.flatMap((key) => {
        const result = readKey(state.engine, key, view);
        return result.kind === "absent" ? [] : [pair(key, result, request.needCommitTs)];
      }),
    };
  },
};

export const kvScan: Command<"KvScan"> = {
  data: "txn",
  // Of a reverse scan, `startKey` is the upper end, which may be the region's.
  keys: ({ startKey, reverse }) => (reverse || startKey.length === 0 ? [] : [startKey]),
  run({ state, span }, request) {
    const view = readView(request.version, request.context);
    noteRead(state.engine, view);
    const [low, high] = request.reverse
      ? [request.endKey, request.startKey]
      : [request.startKey, request.endKey];
    const { start, end } = clip(span, low, high);
    const range = { start, end, reverse: request.reverse, limit: request.limit };
    return {
      pairs: scan(state.engine, range, view).map(({ key, result }) => {
        const found = pair(key, result, false);
        return request.keyOnly ? { ...found, value: new Uint8Array(0) } : found;
      }),
    };
  },
};

export const mvccGetByKey: Command<"MvccGetByKey"> = {
  data: "txn",
  keys: ({ key }) => [key],
  run: ({ state }, { key }) => ({ info: mvccInfo(state.engine, key) }),
};

function pair(
  key: Uint8Array,
  result: Exclude<ReadResult, { kind: "absent" }>,
  withCommitTs: boolean,
): PairInit {
  return result.kind === "fault"
    ? { error: keyError(result.fault) }
    : { key, value: result.value, commitTs: withCommitTs ? result.commitTs : 0n };
}
