import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Command, RegionReply } from "../command/command.js";
import type {
  Assertion,
  AssertionLevel,
  KeyError,
  Op,
  PrewriteRequest_ForUpdateTSConstraintSchema,
  PrewriteRequest_PessimisticAction,
} from "../gen/kvrpcpb_pb.js";
import { encodeFields, sizeOf, type Fields } from "../wire/encode.js";
import { FieldReader } from "../wire/field-reader.js";
import { readKeyError, readRegionError } from "./errors.js";

export interface MutationBody {
  readonly op?: Op;
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
  readonly assertion?: Assertion;
}

export interface PrewriteBody {
  readonly mutations: readonly MutationBody[];
  readonly primaryLock: Uint8Array;
  readonly startVersion: bigint;
  /** Milliseconds. */
  readonly lockTtl: bigint;
  readonly skipConstraintCheck?: boolean;
  /** Empty, or one for each mutation. */
  readonly pessimisticActions?: readonly PrewriteRequest_PessimisticAction[];
  /** Keys of the transaction in this region, or more. */
  readonly txnSize?: bigint;
  readonly forUpdateTs?: bigint;
  readonly minCommitTs?: bigint;
  readonly useAsyncCommit?: boolean;
  /** Of the primary in async commit: all other keys. */
  readonly secondaries?: readonly Uint8Array[];
  readonly tryOnePc?: boolean;
  readonly maxCommitTs?: bigint;
  readonly assertionLevel?: AssertionLevel;
  readonly forUpdateTsConstraints?: readonly MessageInitShape<
    typeof PrewriteRequest_ForUpdateTSConstraintSchema
  >[];
}

export interface PrewriteReply extends RegionReply {
  readonly errors: readonly KeyError[];
  /** 0 when async commit was refused. */
  readonly minCommitTs: bigint;
  /** 0 when one-phase commit was refused. */
  readonly onePcCommitTs: bigint;
}

const mutation: Fields<MutationBody> = (sink, { op, key, value, assertion }) => {
  sink.u32(1, op);
  sink.bytes(2, key);
  sink.bytes(3, value);
  sink.u32(4, assertion);
};

const constraint: Fields<{ index?: number; expectedForUpdateTs?: bigint }> = (sink, value) => {
  sink.u32(1, value.index);
  sink.u64(2, value.expectedForUpdateTs);
};

const fields: Fields<PrewriteBody> = (sink, body) => {
  for (const each of body.mutations) {
    sink.message(2, sizeOf(mutation, each));
    mutation(sink, each);
  }
  sink.bytes(3, body.primaryLock);
  sink.u64(4, body.startVersion);
  sink.u64(5, body.lockTtl);
  sink.bool(6, body.skipConstraintCheck);
  if (body.pessimisticActions !== undefined && body.pessimisticActions.length > 0) {
    // Packed; all its values are below 128.
    sink.element(7, Uint8Array.from(body.pessimisticActions));
  }
  sink.u64(8, body.txnSize);
  sink.u64(9, body.forUpdateTs);
  sink.u64(10, body.minCommitTs);
  sink.bool(11, body.useAsyncCommit);
  for (const key of body.secondaries ?? []) sink.element(12, key);
  sink.bool(13, body.tryOnePc);
  sink.u64(14, body.maxCommitTs);
  sink.u32(15, body.assertionLevel);
  for (const each of body.forUpdateTsConstraints ?? []) {
    sink.message(16, sizeOf(constraint, each));
    constraint(sink, each);
  }
};

function decode(bytes: Uint8Array): PrewriteReply {
  const reader = new FieldReader(bytes);
  const errors: KeyError[] = [];
  let regionError;
  let minCommitTs = 0n;
  let onePcCommitTs = 0n;
  while (reader.next()) {
    if (reader.field === 1) regionError = readRegionError(reader.view());
    else if (reader.field === 2) errors.push(readKeyError(reader.view()));
    else if (reader.field === 3) minCommitTs = reader.u64();
    else if (reader.field === 4) onePcCommitTs = reader.u64();
    else reader.skip();
  }
  return { regionError, errors, minCommitTs, onePcCommitTs };
}

export const prewrite: Command<PrewriteBody, PrewriteReply> = {
  rpc: "KvPrewrite",
  batchField: 3,
  encode: (body) => encodeFields(fields, body),
  decode,
};
