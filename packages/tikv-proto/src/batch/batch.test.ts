import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bytes, u64 } from "../../test/arbitraries.js";
import { commands } from "../command/commands.js";
import { encodeContext } from "../command/context.js";
import { BatchCommandsRequestSchema, BatchCommandsResponseSchema } from "../gen/tikvpb_pb.js";
import { BatchWriter } from "./batch-writer.js";
import { readBatch } from "./read-batch.js";

const id = fc.maxSafeNat();

it("writes a batch that the generated codec reads, contexts and all", () => {
  const request = fc.record({ id, key: bytes, version: u64, regionId: u64, lock: fc.boolean() });
  fc.assert(
    fc.property(fc.array(request, { minLength: 1 }), (requests) => {
      const writer = new BatchWriter();
      for (const { id: each, key, version, regionId, lock } of requests) {
        const context = encodeContext({ regionId, keyspaceId: 7 });
        const command = lock ? commands.checkSecondaryLocks : commands.get;
        const body = lock
          ? commands.checkSecondaryLocks.encode({ keys: [key], startVersion: version })
          : commands.get.encode({ key, version });
        writer.add(each, command.batchField ?? 0, context, body);
      }
      const framed = writer.finish();
      expect(framed[0]).toBe(0);
      expect(Buffer.from(framed.buffer, framed.byteOffset).readUInt32BE(1)).toBe(framed.length - 5);
      const read = fromBinary(BatchCommandsRequestSchema, framed.subarray(5));
      expect(read.requestIds).toEqual(requests.map(({ id: each }) => BigInt(each)));
      for (const [index, { key, version, regionId, lock }] of requests.entries()) {
        const cmd = read.requests[index]?.cmd;
        expect(cmd).toMatchObject(
          lock
            ? { case: "CheckSecondaryLocks", value: { startVersion: version } }
            : { case: "Get", value: { version } },
        );
        if (cmd?.case === "Get") expect(Buffer.from(cmd.value.key)).toEqual(Buffer.from(key));
        expect(cmd?.value).toMatchObject({ context: { regionId, keyspaceId: 7 } });
      }
    }),
  );
});

it("reads the replies of a batch, also empty ones", () => {
  const reply = fc.record({ id, value: bytes, empty: fc.boolean() });
  fc.assert(
    fc.property(fc.array(reply), u64, (replies, load) => {
      const message = toBinary(
        BatchCommandsResponseSchema,
        create(BatchCommandsResponseSchema, {
          requestIds: replies.map(({ id: each }) => BigInt(each)),
          responses: replies.map(({ value, empty }) =>
            empty ? {} : { cmd: { case: "Get" as const, value: { value } } },
          ),
          transportLayerLoad: load,
        }),
      );
      const read: { id: number; value?: Buffer }[] = [];
      readBatch(message, (each, field, part) => {
        if (field === 0) read.push({ id: each });
        else read.push({ id: each, value: Buffer.from(commands.get.decode(part).value) });
      });
      expect(read).toEqual(
        replies.map(({ id: each, value, empty }) =>
          empty ? { id: each } : { id: each, value: Buffer.from(value) },
        ),
      );
    }),
  );
});

it("calls nobody when the message is broken", () => {
  const message = toBinary(
    BatchCommandsResponseSchema,
    create(BatchCommandsResponseSchema, {
      requestIds: [1n],
      responses: [{ cmd: { case: "Get", value: {} } }, { cmd: { case: "Get", value: {} } }],
    }),
  );
  const calls: number[] = [];
  const read = (bytesRead: Uint8Array): void => readBatch(bytesRead, (each) => calls.push(each));
  expect(() => read(message)).toThrow("A batch of 2 replies to 1 requests");
  for (let cut = 1; cut < message.length; cut += 1) {
    expect(() => read(message.subarray(0, cut))).toThrow(Error);
  }
  expect(calls).toEqual([]);
});
