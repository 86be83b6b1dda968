import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Command } from "./command.js";

/** A request's fields without its context, which travels apart. */
export type Body<Desc extends DescMessage> = Omit<
  Exclude<MessageInitShape<Desc>, MessageShape<Desc>>,
  "context" | "$typeName" | "$unknown"
>;

/** A command through the generated codec: for what is not sent thousands of times a second. */
export function generated<Request extends DescMessage, Reply extends DescMessage>(
  rpc: string,
  batchField: number | undefined,
  request: Request,
  reply: Reply,
): Command<Body<Request>, MessageShape<Reply>> {
  return {
    rpc,
    batchField,
    encode: (body) =>
      toBinary(request, create(request, body as unknown as MessageInitShape<Request>)),
    decode: (bytes) => fromBinary(reply, bytes),
  };
}
