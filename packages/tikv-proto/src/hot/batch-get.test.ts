import fc from "fast-check";
import { bytes, keyError, pairs, regionError, u64 } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { BatchGetRequestSchema, BatchGetResponseSchema } from "../gen/kvrpcpb_pb.js";
import { batchGet } from "./batch-get.js";

describeHotCommand(batchGet, {
  request: {
    schema: BatchGetRequestSchema,
    bodies: fc.record({ keys: fc.array(bytes), version: u64 }),
  },
  reply: {
    schema: BatchGetResponseSchema,
    inits: fc.record({ regionError, error: keyError, pairs }),
  },
});
