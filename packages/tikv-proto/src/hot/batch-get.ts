import type { Command } from "../command/command.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { decodePairs, type PairsReply } from "./pairs-reply.js";

export interface BatchGetBody {
  readonly keys: readonly Uint8Array[];
  readonly version: bigint;
}

const fields: Fields<BatchGetBody> = (sink, { keys, version }) => {
  for (const key of keys) sink.element(2, key);
  sink.u64(3, version);
};

/** The reply holds the keys that exist, not in the order asked for. */
export const batchGet: Command<BatchGetBody, PairsReply> = {
  rpc: "KvBatchGet",
  batchField: 7,
  encode: (body) => encodeFields(fields, body),
  decode: (bytes) => decodePairs(bytes, 5),
};
