import fc from "fast-check";
import { expect, it } from "vitest";
import { compareBytes } from "./compare.js";
import { decodeBytes, encodeBytes } from "./memory-comparable.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const key = fc.uint8Array({ maxLength: 40 });

it.each([
  ["", "0000000000000000f7"],
  ["010203", "0102030000000000fa"],
  ["01020300", "0102030000000000fb"],
  ["0102030405060708", "0102030405060708ff0000000000000000f7"],
  ["010203040506070809", "0102030405060708ff0900000000000000f8"],
])("encodes %s", (plain, encoded) => {
  expect(hex(encodeBytes(Buffer.from(plain, "hex")))).toBe(encoded);
});

it("gives back what it encoded", () => {
  fc.assert(
    fc.property(key, (plain) => {
      expect(hex(decodeBytes(encodeBytes(plain)))).toBe(hex(plain));
    }),
  );
});

it("keeps the order, whatever follows", () => {
  fc.assert(
    fc.property(key, key, key, key, (a, b, afterA, afterB) => {
      const order = compareBytes(a, b);
      fc.pre(order !== 0);
      const encoded = [
        Buffer.concat([encodeBytes(a), afterA]),
        Buffer.concat([encodeBytes(b), afterB]),
      ] as const;
      expect(compareBytes(...encoded)).toBe(order);
    }),
  );
});

it("refuses what it would not have written", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 27 }), (bytes) => {
      let plain;
      try {
        plain = decodeBytes(bytes);
      } catch (error) {
        expect(String(error)).toContain("Not memory-comparable");
        return;
      }
      expect(hex(encodeBytes(plain))).toBe(hex(bytes));
    }),
  );
});

it.each([
  ["nothing", ""],
  ["a cut group", "0000000000000000"],
  ["a last group that says that more follows", "0102030405060708ff"],
  ["a group behind the last", "0102030000000000fa0000000000000000f7"],
  ["padding that is not zero", "0102030000000001fa"],
  ["a marker that none has", "0000000000000000f6"],
])("refuses %s", (_what, encoded) => {
  expect(() => decodeBytes(Buffer.from(encoded, "hex"))).toThrow("Not memory-comparable");
});
