import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/**
 * Calls `onReply` for each reply in a `BatchCommandsResponse` (without its gRPC prefix); `bytes` is
 * a view of the message.
 * @throws Error when the bytes are no such message
 */
export function readBatch(
  message: Uint8Array,
  onReply: (id: number, field: number, bytes: Uint8Array) => void,
): void {
  const reader = new BinaryReader(message);
  const replies: { field: number; bytes: Uint8Array }[] = [];
  const ids: number[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === 1 && type === WireType.LengthDelimited) {
      replies.push(readOneof(reader.bytes()));
    } else if (field === 2 && type === WireType.LengthDelimited) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) ids.push(Number(reader.uint64()));
    } else if (field === 2) {
      ids.push(Number(reader.uint64()));
    } else {
      reader.skip(type, field);
    }
  }
  if (ids.length !== replies.length) {
    throw new Error(`A batch of ${replies.length} replies to ${ids.length} requests`);
  }
  for (const [index, { field, bytes }] of replies.entries()) onReply(ids[index] ?? 0, field, bytes);
}

function readOneof(message: Uint8Array): { field: number; bytes: Uint8Array } {
  const reader = new BinaryReader(message);
  const [field] = reader.tag();
  return { field, bytes: reader.bytes() };
}
