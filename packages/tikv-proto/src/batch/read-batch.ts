import { FieldReader } from "../wire/field-reader.js";

const RESPONSES = 1;
const REQUEST_IDS = 2;
const NONE = new Uint8Array();

/**
 * Calls `onReply` for each reply in a `BatchCommandsResponse` (without its gRPC prefix), with its
 * number in the oneof, 0 for an empty one. `bytes` is a view of the message. Nothing is called if
 * the message is broken.
 * @throws Error when the bytes are no such message
 */
export function readBatch(
  message: Uint8Array,
  onReply: (id: number, field: number, bytes: Uint8Array) => void,
): void {
  const { buffer, byteOffset } = message;
  const reader = new FieldReader(message);
  const fields: number[] = [];
  const replies: Uint8Array[] = [];
  const ids: number[] = [];
  while (reader.next()) {
    if (reader.field === RESPONSES) {
      const end = reader.enter();
      let field = 0;
      let reply: Uint8Array = NONE;
      while (reader.within(end)) {
        if (!reader.isBytes) {
          reader.skip();
          continue;
        }
        field = reader.field;
        const replyEnd = reader.enter();
        reply = new Uint8Array(buffer, byteOffset + reader.at, replyEnd - reader.at);
        reader.at = replyEnd;
      }
      fields.push(field);
      replies.push(reply);
    } else if (reader.field === REQUEST_IDS && reader.isBytes) {
      const end = reader.enter();
      while (reader.at < end) ids.push(reader.varint());
      if (reader.at !== end) throw new Error("Malformed protobuf: an id beyond its list");
    } else if (reader.field === REQUEST_IDS) {
      ids.push(Number(reader.u64()));
    } else {
      reader.skip();
    }
  }
  if (ids.length !== replies.length) {
    throw new Error(`A batch of ${replies.length} replies to ${ids.length} requests`);
  }
  for (const [index, reply] of replies.entries()) {
    onReply(ids[index] ?? 0, fields[index] ?? 0, reply);
  }
}
