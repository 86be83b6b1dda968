import { describe, expect, it } from "vitest";
import { columnStats } from "./column-stats.js";
import { finalizeImageStats, finalizeNumericStats } from "./finalize-stats.js";
import { columnQuantiles } from "./quantiles.js";

const numeric = (column: { values: Float32Array; width: number }) =>
  finalizeNumericStats(columnStats(column), columnQuantiles([column]));

describe("finalizeNumericStats", () => {
  it("gives the population deviation and the frames", () => {
    expect(numeric({ values: Float32Array.of(1, 3), width: 1 })).toMatchObject({
      min: [1],
      max: [3],
      mean: [2],
      std: [1],
      count: [2],
      q50: [2],
    });
  });

  it("of one frame has no spread", () => {
    expect(numeric({ values: Float32Array.of(4, 5), width: 2 })).toMatchObject({
      std: [0, 0],
      q01: [4, 5],
      q99: [4, 5],
    });
  });
});

const histogram = (counts: Record<number, number>) =>
  Array.from({ length: 256 }, (_, value) => counts[value] ?? 0);

describe("finalizeImageStats", () => {
  it("scales to [0, 1] in shape (3,1,1) and counts sampled frames", () => {
    const stats = finalizeImageStats({
      kind: "image",
      count: 7,
      histograms: [histogram({ 0: 1, 255: 1 }), histogram({ 51: 9 }), histogram({ 10: 1, 20: 3 })],
    });
    expect(stats.count).toEqual([7]);
    expect(stats.min).toEqual([[[0]], [[0.2]], [[10 / 255]]]);
    expect(stats.max).toEqual([[[1]], [[0.2]], [[20 / 255]]]);
    expect(stats.mean).toEqual([[[0.5]], [[0.2]], [[17.5 / 255]]]);
    expect(stats.std).toEqual([[[0.5]], [[0]], [[Math.sqrt(18.75) / 255]]]);
    expect(stats.q50).toEqual([[[0.5]], [[0.2]], [[20 / 255]]]);
    expect(stats.q10).toEqual([[[0.1]], [[0.2]], [[13 / 255]]]);
  });
});
