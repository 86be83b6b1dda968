import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnStats } from "./column-stats.js";

describe("columnStats", () => {
  it("counts frames and takes each element's moments", () => {
    const stats = columnStats({ values: Float64Array.of(1, -10, 2, 0, 6, 10), width: 2 });
    expect(stats).toEqual({
      kind: "numeric",
      count: 3,
      min: [1, -10],
      max: [6, 10],
      mean: [3, 0],
      m2: [14, 200],
    });
  });

  it("keeps a small spread around a large mean", () => {
    const base = 1.7e9;
    const { m2 } = columnStats({ values: Float64Array.of(base, base + 1, base + 2), width: 1 });
    expect(m2).toEqual([2]);
  });

  it("gives a constant no spread, whatever its value and length", () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 200 }),
        (value, frames) => {
          const { mean, m2, min } = columnStats({
            values: new Float32Array(frames).fill(value),
            width: 1,
          });
          expect(mean).toEqual(min);
          expect(m2).toEqual([0]);
        },
      ),
    );
  });

  it("reads 64-bit integers and booleans", () => {
    expect(columnStats({ values: BigInt64Array.of(0n, 4n), width: 1 }).mean).toEqual([2]);
    expect(columnStats({ values: Uint8Array.of(0, 1, 1, 0), width: 1 }).mean).toEqual([0.5]);
  });
});
