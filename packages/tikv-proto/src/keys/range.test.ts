import fc from "fast-check";
import { expect, it } from "vitest";
import { compareBytes } from "./compare.js";
import { nextKey, prefixEnd } from "./range.js";

const key = fc.uint8Array({ maxLength: 12 });

it("has nothing between a key and the next", () => {
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(compareBytes(a, nextKey(a))).toBe(-1);
      expect(compareBytes(b, a) > 0).toBe(compareBytes(b, nextKey(a)) >= 0);
    }),
  );
});

it("ends a prefix right behind its last key", () => {
  const prefix = fc.array(fc.constantFrom(0, 7, 0xfe, 0xff), { maxLength: 5 });
  fc.assert(
    fc.property(prefix, prefix, (start, other) => {
      const end = prefixEnd(Uint8Array.from(start));
      const candidate = Uint8Array.from(other);
      const begins = start.every((byte, index) => candidate[index] === byte);
      const inside =
        compareBytes(candidate, Uint8Array.from(start)) >= 0 &&
        (end.length === 0 || compareBytes(candidate, end) < 0);
      expect(inside).toBe(begins);
    }),
  );
});
