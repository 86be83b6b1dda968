import type { Command } from "../command/command.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { decodePairs, type PairsReply } from "./pairs-reply.js";

/** From `startKey` to `endKey`; in reverse from below `startKey` down to and with `endKey`. */
export interface ScanBody {
  readonly startKey: Uint8Array;
  readonly endKey: Uint8Array;
  readonly limit: number;
  readonly version: bigint;
  readonly keyOnly?: boolean;
  readonly reverse?: boolean;
}

const fields: Fields<ScanBody> = (sink, body) => {
  sink.bytes(2, body.startKey);
  sink.u32(3, body.limit);
  sink.u64(4, body.version);
  sink.bool(5, body.keyOnly);
  sink.bool(6, body.reverse);
  sink.bytes(7, body.endKey);
};

export const scan: Command<ScanBody, PairsReply> = {
  rpc: "KvScan",
  batchField: 2,
  encode: (body) => encodeFields(fields, body),
  decode: (bytes) => decodePairs(bytes, 3),
};
