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
        expect(reader.partial).toBe(false);
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

test("a length alone takes no memory, and a compressed message is refused", () => {
  const reader = new MessageReader(() => expect.unreachable());
  reader.push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
  expect(reader.partial).toBe(true);
  expect(() => new MessageReader(() => {}).push(Buffer.from([1, 0, 0, 0, 0]))).toThrow(
    "compressed",
  );
});
