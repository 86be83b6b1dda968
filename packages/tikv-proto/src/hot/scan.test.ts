import fc from "fast-check";
import { bytes, keyError, pairs, regionError, u32, u64 } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { ScanRequestSchema, ScanResponseSchema } from "../gen/kvrpcpb_pb.js";
import { scan } from "./scan.js";

describeHotCommand(scan, {
  request: {
    schema: ScanRequestSchema,
    bodies: fc.record({
      startKey: bytes,
      endKey: bytes,
      limit: u32,
      version: u64,
      keyOnly: fc.boolean(),
      reverse: fc.boolean(),
    }),
  },
  reply: {
    schema: ScanResponseSchema,
    inits: fc.record({ regionError, error: keyError, pairs }),
  },
});
