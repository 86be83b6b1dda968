import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ColumnValues } from "../stats/column.js";
import { columnQuantiles } from "../stats/quantiles.js";
import { QuantileScan } from "./quantile-scan.js";

function scan(episodes: readonly ColumnValues[], width: number) {
  const columns = episodes.map((values) => ({ values, width }));
  const rows = columns.reduce((sum, { values }) => sum + values.length / width, 0);
  const quantiles = new QuantileScan(rows, width);
  do {
    for (const column of columns) quantiles.add(column);
  } while (!quantiles.endPass());
  return quantiles.quantiles();
}

/** `toEqual` tells -0 from 0; statistics do not. */
const positiveZero = (value: number): number => value + 0;

const finite = { noNaN: true, noDefaultInfinity: true } as const;

describe("QuantileScan", () => {
  it("equals sorting, for doubles of any size, in episodes of any length", () => {
    const episode = fc
      .float64Array({ ...finite, minLength: 1, maxLength: 40 })
      .map((values) => values.map(positiveZero));
    fc.assert(
      fc.property(fc.array(episode, { minLength: 1, maxLength: 5 }), (episodes) => {
        const sorted = columnQuantiles(episodes.map((values) => ({ values, width: 1 })));
        expect(scan(episodes, 1)).toEqual(sorted);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the elements of a vector apart", () => {
    const values = fc.array(fc.float({ ...finite }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, (drawn) => {
        const column = Float32Array.from(
          drawn.flatMap((value, row) => [value, row, -value].map(positiveZero)),
        );
        expect(scan([column], 3)).toEqual(columnQuantiles([{ values: column, width: 3 }]));
      }),
    );
  });

  it("reads integers and booleans", () => {
    const integers = BigInt64Array.from([5n, -3n, 900_000_000_000n, 0n]);
    expect(scan([integers], 1)).toEqual(columnQuantiles([{ values: integers, width: 1 }]));
    expect(scan([Uint8Array.of(0, 1, 1)], 1).q50).toEqual([1]);
  });
});
