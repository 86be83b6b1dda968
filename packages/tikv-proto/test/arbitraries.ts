import type { MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import type { ErrorSchema } from "../src/gen/errorpb_pb.js";
import * as kv from "../src/gen/kvrpcpb_pb.js";
import type { PrewriteBody } from "../src/hot/prewrite.js";

/** Short ones, long ones of every length of a length, and empty ones. */
export const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 40, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 4, arbitrary: fc.nat(300).map((length) => new Uint8Array(length).fill(7)) },
  { weight: 1, arbitrary: fc.nat(17_000).map((length) => new Uint8Array(length).fill(9)) },
);

/** Also where a varint becomes one byte longer. */
export const u64: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc
    .tuple(fc.integer({ min: 0, max: 64 }), fc.constantFrom(-1n, 0n, 1n))
    .map(([bits, more]) => BigInt.asUintN(64, (1n << BigInt(bits)) + more)),
);

export const u32: fc.Arbitrary<number> = fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1));

/** Also beyond ASCII. */
export const text = fc.string({ unit: "grapheme", maxLength: 20 });

const op = fc.constantFrom(kv.Op.Put, kv.Op.Del, kv.Op.Lock, kv.Op.Insert, kv.Op.CheckNotExists);

export const prewriteBody: fc.Arbitrary<PrewriteBody> = fc.record({
  mutations: fc.array(
    fc.record({
      op,
      key: bytes,
      value: bytes,
      assertion: fc.constantFrom(kv.Assertion.None, kv.Assertion.NotExist),
    }),
  ),
  primaryLock: bytes,
  startVersion: u64,
  lockTtl: u64,
  skipConstraintCheck: fc.boolean(),
  pessimisticActions: fc.array(
    fc.constantFrom(
      kv.PrewriteRequest_PessimisticAction.SKIP_PESSIMISTIC_CHECK,
      kv.PrewriteRequest_PessimisticAction.DO_PESSIMISTIC_CHECK,
    ),
  ),
  txnSize: u64,
  forUpdateTs: u64,
  minCommitTs: u64,
  useAsyncCommit: fc.boolean(),
  secondaries: fc.array(bytes),
  tryOnePc: fc.boolean(),
  maxCommitTs: u64,
  assertionLevel: fc.constantFrom(kv.AssertionLevel.Off, kv.AssertionLevel.Strict),
  forUpdateTsConstraints: fc.array(fc.record({ index: u32, expectedForUpdateTs: u64 })),
});

const key = fc.uint8Array({ maxLength: 40 });
const lock = fc.record({ primaryLock: key, lockVersion: u64, key, lockTtl: u64 });

export const someKeyError: fc.Arbitrary<MessageInitShape<typeof kv.KeyErrorSchema>> = fc.oneof(
  fc.record({ locked: lock }),
  fc.record({ retryable: fc.string() }),
  fc.record({ conflict: fc.record({ startTs: u64, conflictTs: u64, key }) }),
);

export const keyError = fc.option(someKeyError, { nil: undefined });

export const regionError: fc.Arbitrary<MessageInitShape<typeof ErrorSchema> | undefined> =
  fc.option(
    fc.oneof(
      fc.record({ message: fc.string(), regionNotFound: fc.record({ regionId: u64 }) }),
      fc.record({ serverIsBusy: fc.record({ reason: fc.string(), backoffMs: u64 }) }),
    ),
    { nil: undefined },
  );

export const pairs = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.record({ key: bytes, value: bytes, commitTs: u64 }) },
    { weight: 1, arbitrary: fc.record({ error: someKeyError }) },
  ),
);

/** Fields of every wire type, by numbers that no message here has. */
export const unknownFields: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc.record({
      field: fc.integer({ min: 60, max: 100_000 }),
      type: fc.constantFrom("varint", "fixed32", "fixed64", "bytes"),
      number: u64,
      content: bytes,
    }),
    { maxLength: 4 },
  )
  .map((fields) => {
    const writer = new BinaryWriter();
    for (const { field, type, number, content } of fields) {
      if (type === "varint") writer.tag(field, WireType.Varint).uint64(number);
      else if (type === "fixed64") writer.tag(field, WireType.Bit64).fixed64(number);
      else if (type === "fixed32") writer.tag(field, WireType.Bit32).fixed32(7);
      else writer.tag(field, WireType.LengthDelimited).bytes(content);
    }
    return writer.finish();
  });
