import { create, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { ScanResponseSchema } from "../gen/kvrpcpb_pb.js";
import { scan } from "./scan.js";

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

it("refuses an index that no pair has", () => {
  const { pairs } = scan.decode(encode([]));
  expect(pairs.length).toBe(0);
  expect(() => pairs.key(0)).toThrow(RangeError);
  expect(() => pairs.value(-1)).toThrow(RangeError);
});
