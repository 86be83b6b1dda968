import { create, toBinary, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { encodeContext, kvrpcpb, pdpb, tikvpb } from "../src/index.js";

const KEY_BYTES = 32;
const VALUE_BYTES = 128;

export const TIMESTAMP = 459_123_456_789_012_345n;
export const CLUSTER_ID = 7_123_456_789_012_345_678n;

/** What comes together in one message at a concurrency of 64. */
export const IN_BATCH = 24;
export const FIRST_ID = 1_000_000;

const keys = Array.from({ length: 1_000 }, (_, index) =>
  Buffer.from(String(index).padStart(KEY_BYTES, "0")),
);
export const key = Buffer.alloc(KEY_BYTES, 1);
export const value = Buffer.alloc(VALUE_BYTES, 7);

export const context = {
  regionId: 1_234n,
  regionEpoch: { confVer: 5n, version: 77n },
  peer: { id: 1_235n, storeId: 3n },
};
export const contextBytes = encodeContext(context);

/** Requests without their context. */
export const requests = {
  get: { key, version: TIMESTAMP },
  batchGet: { keys: keys.slice(0, 100), version: TIMESTAMP },
  prewrite: {
    mutations: [{ op: kvrpcpb.Op.Put, key, value }],
    primaryLock: key,
    startVersion: TIMESTAMP,
    lockTtl: 3_000n,
    txnSize: 1n,
  },
  commit: {
    startVersion: TIMESTAMP,
    keys: keys.slice(0, 3),
    commitVersion: TIMESTAMP + 1n,
  },
  tso: { header: { clusterId: CLUSTER_ID }, count: IN_BATCH },
};

/** Of a TiKV with its execution details left out: the generated codec would pay for those alone. */
export const replies = {
  gets: bytesOf(tikvpb.BatchCommandsResponseSchema, {
    requestIds: Array.from({ length: IN_BATCH }, (_, index) => BigInt(FIRST_ID + index)),
    responses: Array.from({ length: IN_BATCH }, () => ({
      cmd: { case: "Get" as const, value: { value } },
    })),
  }),
  batchGet: bytesOf(kvrpcpb.BatchGetResponseSchema, { pairs: pairs(100) }),
  scan: bytesOf(kvrpcpb.ScanResponseSchema, { pairs: pairs(1_000) }),
  prewrite: bytesOf(kvrpcpb.PrewriteResponseSchema, { minCommitTs: TIMESTAMP }),
  commit: bytesOf(kvrpcpb.CommitResponseSchema, { commitVersion: TIMESTAMP }),
  tso: bytesOf(pdpb.TsoResponseSchema, {
    header: { clusterId: CLUSTER_ID },
    count: IN_BATCH,
    timestamp: { physical: TIMESTAMP >> 18n, logical: 77n },
  }),
};

function bytesOf<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return toBinary(schema, create(schema, init));
}

function pairs(count: number): { key: Uint8Array; value: Uint8Array }[] {
  return keys.slice(0, count).map((each) => ({ key: each, value }));
}
