import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, it } from "vitest";
import { u64 } from "../../test/arbitraries.js";
import { APIVersion, ContextSchema } from "../gen/kvrpcpb_pb.js";
import { encodeContext } from "./context.js";

it("keeps region, epoch, peer and keyspace", () => {
  const context = fc.record({
    regionId: u64,
    regionEpoch: fc.record({ confVer: u64, version: u64 }),
    peer: fc.record({ id: u64, storeId: u64 }),
    apiVersion: fc.constantFrom(APIVersion.V1, APIVersion.V2),
    keyspaceId: fc.nat(0xff_ff_ff),
  });
  fc.assert(
    fc.property(context, (init) => {
      expect(fromBinary(ContextSchema, encodeContext(init))).toMatchObject(init);
    }),
  );
});

it("is empty when nothing is set", () => {
  expect(encodeContext({})).toHaveLength(0);
});
