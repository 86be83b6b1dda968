import fc from "fast-check";
import { expect, it } from "vitest";
import { logicalOf, physicalOf, timestampOf } from "./timestamp.js";

it("takes apart what it has put together", () => {
  const physical = fc.bigInt({ min: 0n, max: (1n << 46n) - 1n });
  const logical = fc.bigInt({ min: 0n, max: (1n << 18n) - 1n });
  fc.assert(
    fc.property(physical, logical, (ms, count) => {
      const timestamp = timestampOf(ms, count);
      expect([physicalOf(timestamp), logicalOf(timestamp)]).toEqual([ms, count]);
    }),
  );
});

it("has 18 bits of logical time", () => {
  expect(timestampOf(1n, 2n)).toBe(262_146n);
});
