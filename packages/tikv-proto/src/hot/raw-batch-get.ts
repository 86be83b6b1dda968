import type { Command } from "../command/command.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { decodePairs, type PairsReply } from "./pairs-reply.js";

export interface RawBatchGetBody {
  readonly keys: readonly Uint8Array[];
  readonly cf?: string;
}

const fields: Fields<RawBatchGetBody> = (sink, { keys, cf }) => {
  for (const key of keys) sink.element(2, key);
  sink.text(3, cf);
};

/** The reply holds the keys that exist. */
export const rawBatchGet: Command<RawBatchGetBody, PairsReply> = {
  rpc: "RawBatchGet",
  batchField: 14,
  encode: (body) => encodeFields(fields, body),
  decode: (bytes) => decodePairs(bytes, undefined),
};
