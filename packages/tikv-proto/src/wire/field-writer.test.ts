import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { expect, it } from "vitest";
import { bytes, u32, u64 } from "../../test/arbitraries.js";
import { varintSize, type FieldSink } from "./field-sink.js";
import { FieldSize } from "./field-size.js";
import { FieldWriter } from "./field-writer.js";

interface Values {
  readonly number: bigint;
  readonly count: number;
  readonly content: Uint8Array;
  readonly text: string;
  readonly flag: boolean;
}

const field = fc.integer({ min: 1, max: 2_047 });
const values: fc.Arbitrary<Values> = fc.record({
  number: u64,
  count: u32,
  content: bytes,
  text: fc.string({ unit: "grapheme" }),
  flag: fc.boolean(),
});

function write(sink: FieldSink, at: number, all: Values): void {
  sink.u64(at, all.number);
  sink.u32(at, all.count);
  sink.bytes(at, all.content);
  sink.element(at, all.content);
  sink.text(at, all.text);
  sink.bool(at, all.flag);
  sink.message(at, all.count);
}

function reference(at: number, all: Values): Uint8Array {
  const writer = new BinaryWriter();
  if (all.number !== 0n) writer.tag(at, WireType.Varint).uint64(all.number);
  if (all.count !== 0) writer.tag(at, WireType.Varint).uint32(all.count);
  if (all.content.length > 0) writer.tag(at, WireType.LengthDelimited).bytes(all.content);
  writer.tag(at, WireType.LengthDelimited).bytes(all.content);
  if (all.text !== "") writer.tag(at, WireType.LengthDelimited).string(all.text);
  if (all.flag) writer.tag(at, WireType.Varint).bool(true);
  return writer.tag(at, WireType.LengthDelimited).uint32(all.count).finish();
}

it("writes what the generator's runtime writes, into as many bytes as it has measured", () => {
  fc.assert(
    fc.property(field, values, (at, all) => {
      const size = new FieldSize();
      write(size, at, all);
      const writer = new FieldWriter(Buffer.alloc(size.size));
      write(writer, at, all);
      expect(writer.at).toBe(size.size);
      expect(Buffer.compare(writer.target, reference(at, all))).toBe(0);
    }),
  );
});

it("leaves out what is not given", () => {
  const size = new FieldSize();
  size.u64(1, undefined);
  size.u32(1, undefined);
  size.bytes(1, undefined);
  size.text(1, undefined);
  size.bool(1, undefined);
  expect(size.size).toBe(0);
});

it("measures and writes varints up to 2^53", () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), u32), (value) => {
      const reference = new BinaryWriter().uint64(value).finish();
      expect(varintSize(value)).toBe(reference.length);
      const writer = new FieldWriter(Buffer.alloc(reference.length));
      writer.varint(value);
      expect([...writer.target]).toEqual([...reference]);
    }),
  );
});
