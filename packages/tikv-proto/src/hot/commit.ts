import type { Command, RegionReply } from "../command/command.js";
import type { CommitRole, KeyError } from "../gen/kvrpcpb_pb.js";
import { encodeFields, type Fields } from "../wire/encode.js";
import { FieldReader } from "../wire/field-reader.js";
import { readKeyError, readRegionError } from "./errors.js";

export interface CommitBody {
  readonly startVersion: bigint;
  readonly keys: readonly Uint8Array[];
  readonly commitVersion: bigint;
  readonly commitRole?: CommitRole;
  readonly primaryKey?: Uint8Array;
  readonly useAsyncCommit?: boolean;
}

export interface CommitReply extends RegionReply {
  readonly error?: KeyError | undefined;
  /** What it really committed at, if not 0. */
  readonly commitVersion: bigint;
}

const fields: Fields<CommitBody> = (sink, body) => {
  sink.u64(2, body.startVersion);
  for (const key of body.keys) sink.element(3, key);
  sink.u64(4, body.commitVersion);
  sink.u32(6, body.commitRole);
  sink.bytes(7, body.primaryKey);
  sink.bool(8, body.useAsyncCommit);
};

function decode(bytes: Uint8Array): CommitReply {
  const reader = new FieldReader(bytes);
  let regionError;
  let error;
  let commitVersion = 0n;
  while (reader.next()) {
    if (reader.field === 1) regionError = readRegionError(reader.view());
    else if (reader.field === 2) error = readKeyError(reader.view());
    else if (reader.field === 3) commitVersion = reader.u64();
    else reader.skip();
  }
  return { regionError, error, commitVersion };
}

export const commit: Command<CommitBody, CommitReply> = {
  rpc: "KvCommit",
  batchField: 4,
  encode: (body) => encodeFields(fields, body),
  decode,
};
