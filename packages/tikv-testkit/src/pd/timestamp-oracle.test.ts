import { physicalOf } from "@roboflow/tikv-proto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { TestClock } from "../clock/test-clock.js";
import { TimestampOracle } from "./timestamp-oracle.js";

it("hands out batches that never overlap, whatever the clock does", () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: 5 }), count: fc.nat({ max: 200_000 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const clock = new TestClock();
      const oracle = new TimestampOracle(clock);
      let last = [0, 0];
      for (const { ms, count } of steps) {
        clock.set(ms);
        const { physical, logical } = oracle.next(count + 1);
        const first = logical - count;
        expect(physical > (last[0] ?? 0) || first > (last[1] ?? 0)).toBe(true);
        expect(logical).toBeLessThan(2 ** 18);
        expect(first).toBeGreaterThan(0);
        last = [physical, logical];
      }
    }),
  );
});

it("follows the clock forwards, and stays where it is when the clock goes back", () => {
  const clock = new TestClock();
  const oracle = new TimestampOracle(clock);
  clock.set(5_000);
  expect(physicalOf(oracle.nextTimestamp())).toBe(5_000n);
  clock.advance(1_000);
  expect(physicalOf(oracle.nextTimestamp())).toBe(6_000n);
  clock.set(1);
  expect(physicalOf(oracle.nextTimestamp())).toBe(6_000n);
});
