import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampledFrames } from "./sampled-frames.js";

// [frames, samples, sum of indices], from numpy.round(numpy.linspace(0, N - 1, n)).
const fromNumpy = [
  [1, 1, 0],
  [99, 99, 4851],
  [100, 100, 4950],
  [101, 100, 5000],
  [465, 100, 23200],
  [1000, 177, 88412],
  [61440, 3902, 119867489],
] as const;

describe("sampledFrames", () => {
  it.each(fromNumpy)("samples LeRobot's frames of an episode of %i", (frames, samples, sum) => {
    const indices = sampledFrames(frames);
    expect(indices).toHaveLength(samples);
    expect(indices.reduce((total, index) => total + index, 0)).toBe(sum);
  });

  it("is ascending, distinct and ends with the last frame", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (frames) => {
        const indices = sampledFrames(frames);
        expect(indices.every((index, at) => at === 0 || index > (indices[at - 1] ?? -1))).toBe(
          true,
        );
        expect(indices.at(-1)).toBe(frames - 1);
      }),
    );
  });
});
