import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Command } from "../command/command.js";
import { commands } from "../command/commands.js";
import type { PairList } from "../command/pair-list.js";
import * as kv from "../gen/kvrpcpb_pb.js";
import * as arbitrary from "../../test/arbitraries.js";

const { bytes, u64, u32 } = arbitrary;

/** The generated codec reads what the hand-written one wrote as the message that was meant. */
function encodesAsGenerated<Body extends object, Desc extends DescMessage>(
  command: Command<Body, unknown>,
  schema: Desc,
  bodies: fc.Arbitrary<Body>,
): void {
  it(`encodes ${command.rpc} as the generated codec does`, () => {
    fc.assert(
      fc.property(bodies, (body) => {
        const meant = create(schema, body as MessageInitShape<Desc>);
        expect(fromBinary(schema, new Uint8Array(command.encode(body)))).toEqual(
          fromBinary(schema, toBinary(schema, meant)),
        );
      }),
    );
  });
}

/** And the other way round, with unknown fields among the known. */
function decodesAsGenerated<Desc extends DescMessage, Reply>(
  command: Command<never, Reply>,
  schema: Desc,
  replies: fc.Arbitrary<MessageInitShape<Desc>>,
  view: (reply: Reply) => unknown,
  expected: (reply: MessageShape<Desc>) => unknown,
): void {
  it(`decodes ${command.rpc} as the generated codec does`, () => {
    fc.assert(
      fc.property(
        replies,
        arbitrary.unknownFields,
        arbitrary.unknownFields,
        (init, before, after) => {
          const message = create(schema, init);
          const encoded = Buffer.concat([before, toBinary(schema, message), after]);
          // Not at the start of its buffer, as replies of a batch are not.
          const shifted = new Uint8Array(Buffer.concat([Buffer.alloc(3), encoded])).subarray(3);
          expect(view(command.decode(shifted))).toEqual(expected(message));
        },
      ),
    );
  });
}

function listed(pairs: PairList): unknown[] {
  return Array.from({ length: pairs.length }, (_, index) => ({
    key: Buffer.from(pairs.key(index)),
    value: Buffer.from(pairs.value(index)),
    error: pairs.error(index),
  }));
}

function generatedPairs(pairs: readonly kv.KvPair[]): unknown[] {
  return pairs.map(({ key, value, error }) => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
    error,
  }));
}

describe("hand-written codecs", () => {
  encodesAsGenerated(commands.get, kv.GetRequestSchema, fc.record({ key: bytes, version: u64 }));
  encodesAsGenerated(
    commands.batchGet,
    kv.BatchGetRequestSchema,
    fc.record({ keys: fc.array(bytes), version: u64 }),
  );
  encodesAsGenerated(
    commands.scan,
    kv.ScanRequestSchema,
    fc.record({
      startKey: bytes,
      endKey: bytes,
      limit: u32,
      version: u64,
      keyOnly: fc.boolean(),
      reverse: fc.boolean(),
    }),
  );
  encodesAsGenerated(commands.prewrite, kv.PrewriteRequestSchema, arbitrary.prewrite);
  encodesAsGenerated(
    commands.commit,
    kv.CommitRequestSchema,
    fc.record({
      startVersion: u64,
      keys: fc.array(bytes),
      commitVersion: u64,
      commitRole: fc.constantFrom(
        kv.CommitRole.Unknown,
        kv.CommitRole.Primary,
        kv.CommitRole.Secondary,
      ),
      primaryKey: bytes,
      useAsyncCommit: fc.boolean(),
    }),
  );
  encodesAsGenerated(
    commands.rawGet,
    kv.RawGetRequestSchema,
    fc.record({ key: bytes, cf: fc.string({ unit: "grapheme" }) }),
  );
  encodesAsGenerated(
    commands.rawPut,
    kv.RawPutRequestSchema,
    fc.record({
      key: bytes,
      value: bytes,
      cf: fc.string(),
      ttl: u64,
      forCas: fc.boolean(),
    }),
  );
  encodesAsGenerated(
    commands.rawScan,
    kv.RawScanRequestSchema,
    fc.record({
      startKey: bytes,
      endKey: bytes,
      limit: u32,
      keyOnly: fc.boolean(),
      cf: fc.string(),
      reverse: fc.boolean(),
    }),
  );
  encodesAsGenerated(
    commands.rawBatchGet,
    kv.RawBatchGetRequestSchema,
    fc.record({ keys: fc.array(bytes), cf: fc.string() }),
  );

  const { regionError, keyError, pairs } = arbitrary;
  decodesAsGenerated(
    commands.get,
    kv.GetResponseSchema,
    fc.record({
      regionError,
      error: keyError,
      value: bytes,
      notFound: fc.boolean(),
      commitTs: u64,
    }),
    ({ value, ...reply }) => ({ ...reply, value: Buffer.from(value) }),
    ({ regionError: region, error, value, notFound }) => ({
      regionError: region,
      error,
      value: Buffer.from(value),
      notFound,
    }),
  );
  decodesAsGenerated(
    commands.scan,
    kv.ScanResponseSchema,
    fc.record({ regionError, error: keyError, pairs }),
    (reply) => ({ ...reply, pairs: listed(reply.pairs) }),
    (reply) => ({
      regionError: reply.regionError,
      error: reply.error,
      pairs: generatedPairs(reply.pairs),
    }),
  );
  decodesAsGenerated(
    commands.batchGet,
    kv.BatchGetResponseSchema,
    fc.record({ regionError, error: keyError, pairs }),
    (reply) => ({ ...reply, pairs: listed(reply.pairs) }),
    (reply) => ({
      regionError: reply.regionError,
      error: reply.error,
      pairs: generatedPairs(reply.pairs),
    }),
  );
  decodesAsGenerated(
    commands.rawScan,
    kv.RawScanResponseSchema,
    fc.record({ regionError, kvs: pairs }),
    (reply) => ({ regionError: reply.regionError, pairs: listed(reply.pairs) }),
    (reply) => ({ regionError: reply.regionError, pairs: generatedPairs(reply.kvs) }),
  );
  decodesAsGenerated(
    commands.rawBatchGet,
    kv.RawBatchGetResponseSchema,
    fc.record({ regionError, pairs }),
    (reply) => ({ regionError: reply.regionError, pairs: listed(reply.pairs) }),
    (reply) => ({ regionError: reply.regionError, pairs: generatedPairs(reply.pairs) }),
  );
  decodesAsGenerated(
    commands.prewrite,
    kv.PrewriteResponseSchema,
    fc.record({
      regionError,
      errors: fc.array(arbitrary.someKeyError),
      minCommitTs: u64,
      onePcCommitTs: u64,
    }),
    (reply) => reply,
    ({ regionError: region, errors, minCommitTs, onePcCommitTs }) => ({
      regionError: region,
      errors,
      minCommitTs,
      onePcCommitTs,
    }),
  );
  decodesAsGenerated(
    commands.commit,
    kv.CommitResponseSchema,
    fc.record({ regionError, error: keyError, commitVersion: u64 }),
    (reply) => reply,
    ({ regionError: region, error, commitVersion }) => ({
      regionError: region,
      error,
      commitVersion,
    }),
  );
  decodesAsGenerated(
    commands.rawGet,
    kv.RawGetResponseSchema,
    fc.record({ regionError, error: fc.string(), value: bytes, notFound: fc.boolean() }),
    ({ value, ...reply }) => ({ ...reply, value: Buffer.from(value) }),
    ({ regionError: region, error, value, notFound }) => ({
      regionError: region,
      error,
      value: Buffer.from(value),
      notFound,
    }),
  );
  decodesAsGenerated(
    commands.rawPut,
    kv.RawPutResponseSchema,
    fc.record({ regionError, error: fc.string() }),
    (reply) => reply,
    ({ regionError: region, error }) => ({ regionError: region, error }),
  );

  it("refuses an index that no pair has", () => {
    const { pairs: none } = commands.scan.decode(new Uint8Array());
    expect(none.length).toBe(0);
    expect(() => none.key(0)).toThrow(RangeError);
  });
});

describe("broken bytes", () => {
  const { get, batchGet, scan, prewrite, commit, rawGet, rawPut, rawScan, rawBatchGet } = commands;
  const hot = [get, batchGet, scan, prewrite, commit, rawGet, rawPut, rawScan, rawBatchGet];

  it("give an error or a reply, and never a read beyond the end", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...hot),
        fc.uint8Array({ maxLength: 200 }),
        (command, garbage) => {
          // What lies behind the message must not be reached: it would be a valid field.
          const padded = new Uint8Array(garbage.length + 64).fill(0x08);
          padded.set(garbage);
          let whole;
          try {
            whole = JSON.stringify(command.decode(garbage), printable);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            return;
          }
          const inner = command.decode(padded.subarray(0, garbage.length));
          expect(JSON.stringify(inner, printable)).toBe(whole);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("cut short give an error, or what was whole of them", () => {
    fc.assert(
      fc.property(arbitrary.pairs, fc.nat(), (init, cut) => {
        const message = toBinary(
          kv.ScanResponseSchema,
          create(kv.ScanResponseSchema, { pairs: init }),
        );
        const part = message.subarray(0, message.length === 0 ? 0 : cut % message.length);
        let read: unknown[];
        try {
          read = listed(commands.scan.decode(part).pairs);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        const all = generatedPairs(fromBinary(kv.ScanResponseSchema, message).pairs);
        expect(read).toEqual(all.slice(0, read.length));
      }),
    );
  });
});

function printable(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
