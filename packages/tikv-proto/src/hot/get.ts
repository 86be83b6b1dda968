import type { Command, RegionReply } from "../command/command.js";
import type { KeyError } from "../gen/kvrpcpb_pb.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { FieldReader } from "../wire/field-reader.js";
import { readKeyError, readRegionError } from "./errors.js";

export interface GetBody {
  readonly key: Uint8Array;
  /** Timestamp of the snapshot. */
  readonly version: bigint;
}

export interface GetReply extends RegionReply {
  readonly error?: KeyError | undefined;
  /** A view of the reply; empty when not found. */
  readonly value: Uint8Array;
  readonly notFound: boolean;
}

const NONE = new Uint8Array();

const fields: Fields<GetBody> = (sink, { key, version }) => {
  sink.bytes(2, key);
  sink.u64(3, version);
};

function decode(bytes: Uint8Array): GetReply {
  const reader = new FieldReader(bytes);
  let regionError;
  let error;
  let value: Uint8Array = NONE;
  let notFound = false;
  while (reader.next()) {
    if (reader.field === 3) value = reader.view();
    else if (reader.field === 4) notFound = reader.bool();
    else if (reader.field === 1) regionError = readRegionError(reader.view());
    else if (reader.field === 2) error = readKeyError(reader.view());
    else reader.skip();
  }
  return { regionError, error, value, notFound };
}

export const get: Command<GetBody, GetReply> = {
  rpc: "KvGet",
  batchField: 1,
  encode: (body) => encodeFields(fields, body),
  decode,
};
