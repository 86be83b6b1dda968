import type { Command, RegionReply } from "../command/command.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { FieldReader } from "../wire/field-reader.js";
import { readRegionError } from "./errors.js";

export interface RawGetBody {
  readonly key: Uint8Array;
  /** Column family; default: the default one. */
  readonly cf?: string;
}

export interface RawGetReply extends RegionReply {
  /** The server's text; empty: none. */
  readonly error: string;
  readonly value: Uint8Array;
  readonly notFound: boolean;
}

const NONE = new Uint8Array();

const fields: Fields<RawGetBody> = (sink, { key, cf }) => {
  sink.bytes(2, key);
  sink.text(3, cf);
};

function decode(bytes: Uint8Array): RawGetReply {
  const reader = new FieldReader(bytes);
  let regionError;
  let error = "";
  let value: Uint8Array = NONE;
  let notFound = false;
  while (reader.next()) {
    if (reader.field === 3) value = reader.view();
    else if (reader.field === 4) notFound = reader.bool();
    else if (reader.field === 1) regionError = readRegionError(reader.view());
    else if (reader.field === 2) error = reader.text();
    else reader.skip();
  }
  return { regionError, error, value, notFound };
}

export const rawGet: Command<RawGetBody, RawGetReply> = {
  rpc: "RawGet",
  batchField: 13,
  encode: (body) => encodeFields(fields, body),
  decode,
};
