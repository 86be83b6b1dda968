import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bytes, u64, unknownFields } from "../../test/arbitraries.js";
import { survivesBrokenBytes } from "../../test/broken-bytes.js";
import { hex } from "../../test/hex.js";
import { commands } from "../command/commands.js";
import { BatchCommandsResponseSchema } from "../gen/tikvpb_pb.js";
import { readBatch } from "./read-batch.js";

const replies = fc.array(fc.record({ id: fc.maxSafeNat(), value: bytes, empty: fc.boolean() }));

function encode(init: MessageInitShape<typeof BatchCommandsResponseSchema>): Uint8Array {
  return toBinary(BatchCommandsResponseSchema, create(BatchCommandsResponseSchema, init));
}

function read(message: Uint8Array): { id: number; field: number; bytes: string }[] {
  const all: { id: number; field: number; bytes: string }[] = [];
  readBatch(message, (id, field, reply) => all.push({ id, field, bytes: hex(reply) }));
  return all;
}

it("reads what the generated codec writes, also empty replies and unknown fields", () => {
  fc.assert(
    fc.property(replies, u64, unknownFields, (all, transportLayerLoad, unknown) => {
      const message = encode({
        requestIds: all.map(({ id }) => BigInt(id)),
        responses: all.map(({ value, empty }) =>
          empty ? {} : { cmd: { case: "Get", value: { value } } },
        ),
        transportLayerLoad,
      });
      const values: unknown[] = [];
      readBatch(Buffer.concat([unknown, message]), (id, field, reply) => {
        values.push({ id, field, value: hex(commands.get.decode(reply).value) });
      });
      expect(values).toEqual(
        all.map(({ id, value, empty }) =>
          empty ? { id, field: 0, value: "" } : { id, field: 1, value: hex(value) },
        ),
      );
    }),
  );
});

it("reads ids that are not packed", () => {
  const message = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .bytes(Uint8Array.of(0x0a, 0x00))
    .tag(2, WireType.Varint)
    .uint64(77)
    .finish();
  expect(read(message)).toEqual([{ id: 77, field: 1, bytes: "" }]);
});

it("does not copy", () => {
  const message = encode({ requestIds: [1n], responses: [{ cmd: { case: "Get", value: {} } }] });
  readBatch(message, (_id, _field, reply) => {
    expect(reply.buffer).toBe(message.buffer);
  });
});

it("calls nobody when the message is broken", () => {
  const get = { cmd: { case: "Get", value: { notFound: true } } } as const;
  const message = encode({ requestIds: [1n, 2n], responses: [get, get] });
  const calls: number[] = [];
  for (let cut = 1; cut < message.length; cut += 1) {
    const part = message.subarray(0, cut);
    expect(() => readBatch(part, (id) => calls.push(id))).toThrow(Error);
  }
  expect(calls).toEqual([]);
  expect(() => read(encode({ requestIds: [1n], responses: [get, get] }))).toThrow(
    "A batch of 2 replies to 1 requests",
  );
});

survivesBrokenBytes(
  read,
  replies.map((all) =>
    encode({
      requestIds: all.map(({ id }) => BigInt(id)),
      responses: all.map(({ value }) => ({ cmd: { case: "Get", value: { value } } })),
    }),
  ),
);
