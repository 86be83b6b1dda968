import fc from "fast-check";
import { bytes, regionError, text, u64 } from "../../test/arbitraries.js";
import { describeHotCommand } from "../../test/same-as-generated.js";
import { RawPutRequestSchema, RawPutResponseSchema } from "../gen/kvrpcpb_pb.js";
import { rawPut } from "./raw-put.js";

describeHotCommand(rawPut, {
  request: {
    schema: RawPutRequestSchema,
    bodies: fc.record({ key: bytes, value: bytes, cf: text, ttl: u64, forCas: fc.boolean() }),
  },
  reply: { schema: RawPutResponseSchema, inits: fc.record({ regionError, error: text }) },
});
