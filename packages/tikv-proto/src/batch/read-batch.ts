import { FieldReader } from "../wire/field-reader.js";

const RESPONSES = 1;
const REQUEST_IDS = 2;

/**
 * Calls `onReply` for each reply in a `BatchCommandsResponse` (without its gRPC prefix), with its
 * number in the oneof; `bytes` is a view of the message. No callback runs if the message is broken.
 * @throws Error when the bytes are no such message
 */
export function readBatch(
  message: Uint8Array,
  onReply: (id: number, field: number, bytes: Uint8Array) => void,
): void {
  const reader = new FieldReader(message);
  const fields: number[] = [];
  const replies: Uint8Array[] = [];
  const ids: number[] = [];
  while (reader.next()) {
    if (reader.field === RESPONSES) {
      const end = reader.length() + reader.at;
      // An empty response has no reply in it; its id still takes a place.
      let field = 0;
      let reply: Uint8Array = NONE;
      while (reader.at < end) {
        reader.next();
        field = reader.field;
        reply = reader.view();
      }
      if (reader.at !== end) throw new Error("Malformed protobuf: a reply beyond its end");
      fields.push(field);
      replies.push(reply);
    } else if (reader.field === REQUEST_IDS && !reader.isVarint) {
      const end = reader.length() + reader.at;
      while (reader.at < end) ids.push(reader.varint());
    } else if (reader.field === REQUEST_IDS) {
      ids.push(reader.varint());
    } else {
      reader.skip();
    }
  }
  if (ids.length !== replies.length) {
    throw new Error(`A batch of ${replies.length} replies to ${ids.length} requests`);
  }
  for (const [index, reply] of replies.entries())
    onReply(ids[index] ?? 0, fields[index] ?? 0, reply);
}

const NONE = new Uint8Array();
