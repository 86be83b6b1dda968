import fc from "fast-check";
import { bytes, keyError, regionError, u64 } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { GetRequestSchema, GetResponseSchema } from "../gen/kvrpcpb_pb.js";
import { get } from "./get.js";

describeHotCommand(get, {
  request: { schema: GetRequestSchema, bodies: fc.record({ key: bytes, version: u64 }) },
  reply: {
    schema: GetResponseSchema,
    inits: fc.record({
      regionError,
      error: keyError,
      value: bytes,
      notFound: fc.boolean(),
      commitTs: u64,
    }),
  },
});
