import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnStats } from "./column-stats.js";
import { mergeFeatureStats } from "./merge-stats.js";

const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
  minLength: 1,
  maxLength: 50,
});
const statsOf = (numbers: readonly number[]) =>
  columnStats({ values: Float64Array.from(numbers), width: 1 });

const histogram = (value: number) => Array.from({ length: 256 }, (_, at) => (at === value ? 5 : 0));

describe("mergeFeatureStats", () => {
  it("equals the statistics of all frames together", () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const merged = mergeFeatureStats(statsOf(a), statsOf(b));
        const whole = statsOf([...a, ...b]);
        if (merged.kind !== "numeric") throw new Error("kind changed");
        expect({ ...merged, mean: null, m2: null }).toEqual({ ...whole, mean: null, m2: null });
        expect(merged.mean[0]).toBeCloseTo(whole.mean[0] ?? NaN, 8);
        expect(merged.m2[0]).toBeCloseTo(whole.m2[0] ?? NaN, 5);
      }),
    );
  });

  it("adds the histograms of cameras", () => {
    const camera = (value: number) => ({
      kind: "image" as const,
      count: 2,
      histograms: [histogram(value), histogram(1), histogram(2)],
    });
    const merged = mergeFeatureStats(camera(0), camera(9));
    if (merged.kind !== "image") throw new Error("kind changed");
    expect(merged.count).toBe(4);
    expect(merged.histograms[0]?.[0]).toBe(5);
    expect(merged.histograms[0]?.[9]).toBe(5);
    expect(merged.histograms[1]?.[1]).toBe(10);
  });

  it("refuses features of different shapes", () => {
    const pair = columnStats({ values: Float64Array.of(1, 2), width: 2 });
    expect(() => mergeFeatureStats(pair, statsOf([1]))).toThrow(
      "statistics do not merge: a vector of 2 and a vector of 1",
    );
  });
});
