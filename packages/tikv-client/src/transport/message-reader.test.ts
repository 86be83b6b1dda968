import fc from "fast-check";
import { expect, test } from "vitest";
import { frame, MessageReader } from "./message-reader.js";

test("messages come out as they went in, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(frame));
        const read: string[] = [];
        const reader = new MessageReader((message) =>
          read.push(Buffer.from(message).toString("hex")),
        );
        for (let offset = 0, i = 0; offset < bytes.length; i++) {
          const end = offset + (cuts[i % cuts.length] ?? 1);
          reader.push(bytes.subarray(offset, end));
          offset = end;
        }
        expect(read).toEqual(messages.map((message) => Buffer.from(message).toString("hex")));
      },
    ),
  );
});

test("a message within one chunk is not copied", () => {
  const chunk = Buffer.concat([frame(Buffer.from("one")), frame(Buffer.from("two"))]);
  const read: Uint8Array[] = [];
  new MessageReader((message) => read.push(message)).push(chunk);
  expect(read.map((message) => message.buffer === chunk.buffer)).toEqual([true, true]);
});

test("a length over the trusted one takes no memory until the bytes come", () => {
  const read: number[] = [];
  const reader = new MessageReader((message) => read.push(message.length));
  const length = 17 * 1024 * 1024;
  const header = Buffer.alloc(5);
  header.writeUInt32BE(length, 1);
  reader.push(header);
  for (let sent = 0; sent < length; sent += 1024 * 1024) reader.push(Buffer.alloc(1024 * 1024));
  reader.push(frame(Buffer.from("next")));
  expect(read).toEqual([length, 4]);
});

test("a compressed message is refused", () => {
  expect(() => new MessageReader(() => {}).push(Buffer.from([1, 0, 0, 0, 0]))).toThrow(
    "compressed",
  );
});
