import type { Command } from "../command/command.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { decodePairs, type PairsReply } from "./pairs-reply.js";

/** From `startKey` to `endKey`; in reverse from below `startKey` down to and with `endKey`. */
export interface RawScanBody {
  readonly startKey: Uint8Array;
  readonly endKey: Uint8Array;
  readonly limit: number;
  readonly keyOnly?: boolean;
  readonly cf?: string;
  readonly reverse?: boolean;
}

const fields: Fields<RawScanBody> = (sink, body) => {
  sink.bytes(2, body.startKey);
  sink.u32(3, body.limit);
  sink.bool(4, body.keyOnly);
  sink.text(5, body.cf);
  sink.bool(6, body.reverse);
  sink.bytes(7, body.endKey);
};

export const rawScan: Command<RawScanBody, PairsReply> = {
  rpc: "RawScan",
  batchField: 19,
  encode: (body) => encodeFields(fields, body),
  decode: (bytes) => decodePairs(bytes, undefined),
};
