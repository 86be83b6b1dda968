import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect, it } from "vitest";
import { hex } from "../../test/hex.js";
import { ScanResponseSchema } from "../gen/kvrpcpb_pb.js";
import { scan } from "./scan.js";

const NONE = new Uint8Array();

const encode = (pairs: readonly { key: Uint8Array; value: Uint8Array }[]): Uint8Array =>
  toBinary(ScanResponseSchema, create(ScanResponseSchema, { pairs: [...pairs] }));

it("hands out views of the reply", () => {
  const bytes = encode([{ key: Buffer.from("key"), value: Buffer.from("value") }]);
  const { pairs } = scan.decode(bytes);
  expect(Buffer.from(pairs.value(0)).toString()).toBe("value");
  expect(pairs.key(0).buffer).toBe(bytes.buffer);
});

it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_152])(
  "finds keys and values of %d bytes",
  (size) => {
    const part = new Uint8Array(size).fill(0x1a);
    const sizes = scan.decode(
      encode([
        { key: part, value: part },
        { key: part, value: part },
      ]),
    ).pairs;
    expect(sizes.length).toBe(2);
    for (const index of [0, 1]) {
      expect(sizes.key(index).length).toBe(size);
      expect(sizes.value(index).length).toBe(size);
    }
  },
);

it.each([
  ["nothing", ""],
  ["a value only", "1a0161"],
  ["the value first", "1a016112016b"],
  ["two keys, of which the last counts", "12016b120162"],
  ["another field of bytes in the value's place", "12016b32020161"],
  ["a timestamp of the commit", "12016b1a01612005"],
  ["a length in more bytes than it needs", "12016b1a810061"],
  // Read as two bytes, this length would reach right to the end.
  ["and so a field behind it", `12016b1a8080003afc7f${"00".repeat(16_380)}`],
])("reads a pair of %s as the generated codec does", (_what, pair) => {
  const content = Buffer.from(pair, "hex");
  const reply = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(content).finish();
  const { pairs } = scan.decode(reply);
  const [expected] = fromBinary(ScanResponseSchema, reply).pairs;
  expect({ key: hex(pairs.key(0)), value: hex(pairs.value(0)) }).toEqual({
    key: hex(expected?.key ?? NONE),
    value: hex(expected?.value ?? NONE),
  });
});

it("refuses an index that no pair has", () => {
  const { pairs } = scan.decode(encode([]));
  expect(pairs.length).toBe(0);
  expect(() => pairs.key(0)).toThrow(RangeError);
  expect(() => pairs.value(-1)).toThrow(RangeError);
});
