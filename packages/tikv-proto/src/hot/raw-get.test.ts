import fc from "fast-check";
import { bytes, regionError, text } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { RawGetRequestSchema, RawGetResponseSchema } from "../gen/kvrpcpb_pb.js";
import { rawGet } from "./raw-get.js";

describeHotCommand(rawGet, {
  request: { schema: RawGetRequestSchema, bodies: fc.record({ key: bytes, cf: text }) },
  reply: {
    schema: RawGetResponseSchema,
    inits: fc.record({ regionError, error: text, value: bytes, notFound: fc.boolean() }),
  },
});
