import type { Command, RegionReply } from "../command/command.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { FieldReader } from "../wire/field-reader.js";
import { readRegionError } from "./errors.js";

export interface RawPutBody {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly cf?: string;
  /** Seconds; 0 or none: for ever. */
  readonly ttl?: bigint;
  /** Takes the key's latch, so that compare-and-swap stays atomic beside it. */
  readonly forCas?: boolean;
}

export interface RawPutReply extends RegionReply {
  /** The server's text; empty: none. */
  readonly error: string;
}

const fields: Fields<RawPutBody> = (sink, body) => {
  sink.bytes(2, body.key);
  sink.bytes(3, body.value);
  sink.text(4, body.cf);
  sink.u64(5, body.ttl);
  sink.bool(6, body.forCas);
};

function decode(bytes: Uint8Array): RawPutReply {
  const reader = new FieldReader(bytes);
  let regionError;
  let error = "";
  while (reader.next()) {
    if (reader.field === 1) regionError = readRegionError(reader.view());
    else if (reader.field === 2) error = reader.text();
    else reader.skip();
  }
  return { regionError, error };
}

export const rawPut: Command<RawPutBody, RawPutReply> = {
  rpc: "RawPut",
  batchField: 15,
  encode: (body) => encodeFields(fields, body),
  decode,
};
