import { expect, it } from "vitest";
import { Random } from "./random.js";

const first = (seed: number) => {
  const random = new Random(seed);
  return Array.from({ length: 1000 }, () => random.between(3, 7));
};

it("gives the same for the same seed, and other numbers for another", () => {
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});

it("reaches every number of the range, and none beyond", () => {
  expect(new Set(first(5))).toEqual(new Set([3, 4, 5, 6, 7]));
});

it("picks from what there is", () => {
  const random = new Random(9);
  const picks = Array.from({ length: 100 }, () => random.pick(["a", "b"]));
  expect(new Set(picks)).toEqual(new Set(["a", "b"]));
  expect(random.pick([])).toBeUndefined();
});
