import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bytes, u64, unknownFields } from "../../test/arbitraries.js";
import { hex } from "../../test/hex.js";
import { FieldReader } from "./field-reader.js";

const read = (message: string): FieldReader => {
  const reader = new FieldReader(Buffer.from(message, "hex"));
  reader.next();
  return reader;
};

it("reads what the generator's runtime writes", () => {
  fc.assert(
    fc.property(u64, bytes, fc.string({ unit: "grapheme" }), (number, content, text) => {
      const written = new BinaryWriter()
        .tag(1, WireType.Varint)
        .uint64(number)
        .tag(2, WireType.Varint)
        .uint64(number)
        .tag(3, WireType.LengthDelimited)
        .bytes(content)
        .tag(4, WireType.LengthDelimited)
        .string(text)
        .finish();
      const reader = new FieldReader(written);
      expect([reader.next(), reader.field, reader.u64()]).toEqual([true, 1, number]);
      expect([reader.next(), reader.u32()]).toEqual([true, Number(number & 0xffff_ffffn)]);
      expect([reader.next(), hex(reader.view())]).toEqual([true, hex(content)]);
      expect([reader.next(), reader.field, reader.text()]).toEqual([true, 4, text]);
      expect(reader.next()).toBe(false);
    }),
  );
});

it("skips fields of every type", () => {
  fc.assert(
    fc.property(unknownFields, (unknown) => {
      const reader = new FieldReader(Buffer.concat([unknown, Buffer.from("0801", "hex")]));
      while (reader.next() && reader.field !== 1) reader.skip();
      expect(reader.bool()).toBe(true);
    }),
  );
});

it.each([
  ["field number 0", "00"],
  ["a field number beyond 29 bits", "808080808001"],
  ["a cut tag", "80"],
])("refuses %s", (_what, message) => {
  expect(() => read(message)).toThrow("Malformed protobuf");
});

it.each([
  ["a varint cut off", "08ff", (reader: FieldReader) => reader.u64()],
  ["a varint of eleven bytes", `08${"ff".repeat(10)}01`, (reader: FieldReader) => reader.u64()],
  ["the same when skipped", `08${"ff".repeat(10)}01`, (reader: FieldReader) => reader.skip()],
  ["a length beyond the end", "0a02ff", (reader: FieldReader) => reader.view()],
  ["a length of 64 bits", `0a${"ff".repeat(9)}01`, (reader: FieldReader) => reader.view()],
  ["fixed bits cut off", "0d0000", (reader: FieldReader) => reader.skip()],
  ["a group", "0b", (reader: FieldReader) => reader.skip()],
  ["bytes where a number belongs", "0a00", (reader: FieldReader) => reader.u64()],
  ["a number where bytes belong", "0800", (reader: FieldReader) => reader.view()],
])("refuses %s", (_what, message, take) => {
  expect(() => take(read(message))).toThrow("Malformed protobuf");
});

it("keeps within a message", () => {
  // Field 1 holds 3 bytes, in which field 2 claims to hold 2 where only 1 is left.
  const reader = read("0a0312020000");
  const end = reader.enter();
  expect([reader.within(end), reader.field]).toEqual([true, 2]);
  reader.view();
  expect(() => reader.within(end)).toThrow("a field beyond its message");
});
