import { describe, expect, it } from "vitest";
import { columnQuantiles } from "./quantiles.js";

describe("columnQuantiles", () => {
  // Expected values from numpy.quantile (method "linear").
  const expected = { q01: [-0.9], q10: [0], q50: [4], q90: [7.8], q99: [10.68] };

  it("agrees with numpy", () => {
    const values = Float64Array.of(3.5, -1, 2, 7, 7, 0.25, 11, 5, 4);
    const actual = columnQuantiles([{ values, width: 1 }]);
    for (const [name, [value]] of Object.entries(expected))
      expect(actual[name as keyof typeof expected][0]).toBeCloseTo(value ?? NaN, 12);
  });

  it("is that of all frames together, not an average over episodes", () => {
    const whole = columnQuantiles([
      { values: Float32Array.of(3.5, -1, 2, 7, 7, 0.25, 11, 5, 4), width: 1 },
    ]);
    const parts = columnQuantiles([
      { values: Float32Array.of(3.5, -1), width: 1 },
      { values: Float32Array.of(2, 7, 7, 0.25, 11), width: 1 },
      { values: Float32Array.of(5, 4), width: 1 },
    ]);
    expect(parts).toEqual(whole);
  });

  it("treats elements apart", () => {
    const { q50 } = columnQuantiles([{ values: Float32Array.of(1, 10, 3, 30, 2, 20), width: 2 }]);
    expect(q50).toEqual([2, 20]);
  });

  it("gives one frame's value for every quantile", () => {
    expect(columnQuantiles([{ values: Float32Array.of(0.5), width: 1 }])).toEqual({
      q01: [0.5],
      q10: [0.5],
      q50: [0.5],
      q90: [0.5],
      q99: [0.5],
    });
  });
});
