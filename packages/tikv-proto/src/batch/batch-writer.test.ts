import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bytes, u64 } from "../../test/arbitraries.js";
import { hex } from "../../test/hex.js";
import { commands } from "../command/commands.js";
import { encodeContext } from "../command/context.js";
import {
  BatchCommandsRequestSchema,
  type BatchCommandsRequest_RequestSchema,
} from "../gen/tikvpb_pb.js";
import { BatchWriter } from "./batch-writer.js";

type RequestInit = MessageInitShape<typeof BatchCommandsRequest_RequestSchema>;

const requests = fc.array(
  fc.record({ id: fc.maxSafeNat(), key: bytes, version: u64, regionId: u64, get: fc.boolean() }),
);

it("writes the batch that the generated codec writes, contexts and all", () => {
  fc.assert(
    fc.property(requests, (all) => {
      const writer = new BatchWriter();
      for (const { id, key, version, regionId, get } of all) {
        const context = encodeContext({ regionId, keyspaceId: 7 });
        // One with a number of one byte and one of two.
        if (get) writer.add(id, 1, context, commands.get.encode({ key, version }));
        else {
          const body = { keys: [key], startVersion: version };
          writer.add(id, 33, context, commands.checkSecondaryLocks.encode(body));
        }
      }
      const framed = Buffer.from(writer.finish());
      expect(framed[0]).toBe(0);
      expect(framed.readUInt32BE(1)).toBe(framed.length - 5);
      const meant = create(BatchCommandsRequestSchema, {
        requestIds: all.map(({ id }) => BigInt(id)),
        requests: all.map(({ key, version, regionId, get }): RequestInit => {
          const context = { regionId, keyspaceId: 7 };
          if (get) return { cmd: { case: "Get", value: { context, key, version } } };
          const value = { context, keys: [key], startVersion: version };
          return { cmd: { case: "CheckSecondaryLocks", value } };
        }),
      });
      const read = fromBinary(BatchCommandsRequestSchema, framed.subarray(5));
      expect(hex(toBinary(BatchCommandsRequestSchema, read))).toBe(
        hex(toBinary(BatchCommandsRequestSchema, meant)),
      );
    }),
  );
});
