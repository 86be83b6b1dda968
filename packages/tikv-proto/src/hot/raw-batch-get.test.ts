import fc from "fast-check";
import { bytes, pairs, regionError, text } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { RawBatchGetRequestSchema, RawBatchGetResponseSchema } from "../gen/kvrpcpb_pb.js";
import { rawBatchGet } from "./raw-batch-get.js";

describeHotCommand(rawBatchGet, {
  request: {
    schema: RawBatchGetRequestSchema,
    bodies: fc.record({ keys: fc.array(bytes), cf: text }),
  },
  reply: { schema: RawBatchGetResponseSchema, inits: fc.record({ regionError, pairs }) },
});
