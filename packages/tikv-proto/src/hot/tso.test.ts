import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { u32, u64, unknownFields } from "../../test/arbitraries.js";
import { survivesBrokenBytes } from "../../test/broken-bytes.js";
import { ErrorType, TsoRequestSchema, TsoResponseSchema } from "../gen/pdpb_pb.js";
import { timestampOf } from "../keys/timestamp.js";
import { decodeTsoResponse, encodeTsoRequest } from "./tso.js";

const physical = fc.bigInt({ min: 0n, max: (1n << 46n) - 1n });
const logical = fc.bigInt({ min: 0n, max: (1n << 18n) - 1n });
const replies = fc.record({
  header: fc.record({
    clusterId: u64,
    error: fc.option(fc.record({ type: fc.constant(ErrorType.UNKNOWN), message: fc.string() }), {
      nil: undefined,
    }),
  }),
  count: u32,
  timestamp: fc.option(fc.record({ physical, logical, suffixBits: fc.nat(4) }), {
    nil: undefined,
  }),
});

it("is encoded so that the generated codec reads what was meant", () => {
  fc.assert(
    fc.property(u64, u32, (clusterId, count) => {
      const written = new Uint8Array(encodeTsoRequest(clusterId, count));
      expect(fromBinary(TsoRequestSchema, written)).toEqual(
        create(TsoRequestSchema, { header: { clusterId }, count }),
      );
    }),
  );
});

it("has replies read as by the generated codec, unknown fields among them", () => {
  fc.assert(
    fc.property(replies, unknownFields, (init, unknown) => {
      const message = create(TsoResponseSchema, init);
      const { timestamp } = init;
      expect(
        decodeTsoResponse(Buffer.concat([toBinary(TsoResponseSchema, message), unknown])),
      ).toEqual({
        error: message.header?.error,
        count: init.count,
        timestamp: timestamp && timestampOf(timestamp.physical, timestamp.logical),
        suffixBits: timestamp?.suffixBits ?? 0,
      });
    }),
  );
});

survivesBrokenBytes(
  decodeTsoResponse,
  replies.map((init) => toBinary(TsoResponseSchema, create(TsoResponseSchema, init))),
);
