import fc from "fast-check";
import { expect, it } from "vitest";
import { halves, join, split } from "./u64.js";

it("splits and joins", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      split(value);
      expect(halves).toEqual({
        low: Number(value & 0xffff_ffffn),
        high: Number(value >> 32n),
      });
      expect(join(halves.low, halves.high)).toBe(value);
    }),
  );
});
