import fc from "fast-check";
import { prewriteBody, regionError, someKeyError, u64 } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { PrewriteRequestSchema, PrewriteResponseSchema } from "../gen/kvrpcpb_pb.js";
import { prewrite } from "./prewrite.js";

describeHotCommand(prewrite, {
  request: { schema: PrewriteRequestSchema, bodies: prewriteBody },
  reply: {
    schema: PrewriteResponseSchema,
    inits: fc.record({
      regionError,
      errors: fc.array(someKeyError),
      minCommitTs: u64,
      onePcCommitTs: u64,
    }),
  },
});
