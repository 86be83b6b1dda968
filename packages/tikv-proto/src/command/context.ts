import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { ContextSchema } from "../gen/kvrpcpb_pb.js";

/** The bytes of a `kvrpcpb.Context`, to be kept with a region and sent before each body. */
export function encodeContext(context: MessageInitShape<typeof ContextSchema>): Uint8Array {
  return toBinary(ContextSchema, create(ContextSchema, context));
}
