import { fromBinary } from "@bufbuild/protobuf";
import { ErrorSchema, type Error as PdError } from "../gen/pdpb_pb.js";
import { timestampOf } from "../keys/timestamp.js";
import { encodeFields, sizeOf, type Fields } from "../wire/encode.js";
import { FieldReader } from "../wire/field-reader.js";

/** What `pdpb.PD.Tso` answers. */
export interface TsoReply {
  readonly error?: PdError | undefined;
  /** How many timestamps these are. */
  readonly count: number;
  /** The last of them; undefined: the reply has none. Each is `1n << suffixBits` after another. */
  readonly timestamp: bigint | undefined;
  readonly suffixBits: number;
}

interface Request {
  readonly clusterId: bigint;
  readonly count: number;
}

const header: Fields<Request> = (sink, { clusterId }) => sink.u64(1, clusterId);

const fields: Fields<Request> = (sink, request) => {
  sink.message(1, sizeOf(header, request));
  header(sink, request);
  sink.u32(2, request.count);
};

/** A `pdpb.TsoRequest` for `count` timestamps. */
export function encodeTsoRequest(clusterId: bigint, count: number): Uint8Array {
  return encodeFields(fields, { clusterId, count });
}

/** @throws Error when the bytes are no `pdpb.TsoResponse` */
export function decodeTsoResponse(bytes: Uint8Array): TsoReply {
  const reader = new FieldReader(bytes);
  let error;
  let count = 0;
  let last: Timestamp | undefined;
  while (reader.next()) {
    if (reader.field === 1) error = readHeader(reader) ?? error;
    else if (reader.field === 2) count = reader.u32();
    else if (reader.field === 3) last = readTimestamp(reader);
    else reader.skip();
  }
  return { error, count, timestamp: last?.timestamp, suffixBits: last?.suffixBits ?? 0 };
}

function readHeader(reader: FieldReader): PdError | undefined {
  const end = reader.enter();
  let error;
  while (reader.within(end)) {
    if (reader.field === 2) error = fromBinary(ErrorSchema, reader.view());
    else reader.skip();
  }
  return error;
}

interface Timestamp {
  readonly timestamp: bigint;
  readonly suffixBits: number;
}

function readTimestamp(reader: FieldReader): Timestamp {
  const end = reader.enter();
  let physical = 0n;
  let logical = 0n;
  let suffixBits = 0;
  while (reader.within(end)) {
    if (reader.field === 1) physical = reader.u64();
    else if (reader.field === 2) logical = reader.u64();
    else if (reader.field === 3) suffixBits = reader.u32();
    else reader.skip();
  }
  return { timestamp: timestampOf(physical, logical), suffixBits };
}
