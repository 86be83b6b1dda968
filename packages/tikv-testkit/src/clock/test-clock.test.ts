import { expect, it } from "vitest";
import { TestClock } from "./test-clock.js";

it("stands still once it is set, and moves only as told", () => {
  const clock = new TestClock();
  expect(clock.isFrozen).toBe(false);
  clock.set(1_000);
  clock.advance(500);
  expect([clock.isFrozen, clock.now()]).toEqual([true, 1_500]);
});

it("runs with the machine's clock, as far ahead as it was moved", () => {
  const clock = new TestClock();
  const before = Date.now();
  clock.advance(60_000);
  expect(clock.now()).toBeGreaterThanOrEqual(before + 60_000);
  clock.set(before + 120_000);
  clock.run();
  expect(clock.isFrozen).toBe(false);
  expect(clock.now()).toBeGreaterThanOrEqual(before + 120_000);
});
