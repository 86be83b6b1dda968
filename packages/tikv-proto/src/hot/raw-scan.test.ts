import fc from "fast-check";
import { bytes, pairs, regionError, text, u32 } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { RawScanRequestSchema, RawScanResponseSchema } from "../gen/kvrpcpb_pb.js";
import { rawScan } from "./raw-scan.js";

describeHotCommand(rawScan, {
  request: {
    schema: RawScanRequestSchema,
    bodies: fc.record({
      startKey: bytes,
      endKey: bytes,
      limit: u32,
      keyOnly: fc.boolean(),
      cf: text,
      reverse: fc.boolean(),
    }),
  },
  reply: {
    schema: RawScanResponseSchema,
    inits: fc.record({ regionError, kvs: pairs }),
    list: "kvs",
  },
});
