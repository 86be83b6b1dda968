import { asNumbers, type Column } from "../stats/column.js";
import { quantile, QUANTILE_NAMES, QUANTILES, type Quantiles } from "../stats/quantiles.js";

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** How far each pass shifts a 32-bit word down: 11, 11 and 10 bits, the highest first. */
const SHIFTS = [21, 10, 0] as const;
const PASSES = 2 * SHIFTS.length;

/**
 * Exact quantiles of columns too long to hold: a radix selection on the values' bits, digit by
 * digit, in memory that does not depend on their number. Feed every column in {@link add}, call
 * {@link endPass}, and again until it answers `true`. Same result as `columnQuantiles`.
 */
export class QuantileScan {
  readonly #rows: number;
  readonly #elements: Selection[][];
  #pass = 0;
  #words = new Uint32Array(2);
  #double = new Float64Array(this.#words.buffer);

  /** `rows` is the number of rows that each pass will feed. */
  constructor(rows: number, width: number) {
    this.#rows = rows;
    this.#elements = Array.from({ length: width }, () => selections(rows));
  }

  add(column: Column): void {
    const values = asNumbers(column.values);
    const shift = SHIFTS[this.#pass % SHIFTS.length] ?? 0;
    const low = this.#pass >= SHIFTS.length;
    for (let at = 0, element = 0; at < values.length; at++) {
      // Adding zero turns -0 into 0; they are one value.
      this.#double[0] = (values[at] ?? NaN) + 0;
      const loBits = this.#words[0] ?? 0;
      const hiBits = this.#words[1] ?? 0;
      // Order of bits = order of values: flip all bits of negatives, the sign of the others.
      const negative = hiBits >>> 31 === 1;
      const hi = (negative ? ~hiBits : hiBits | 0x8000_0000) >>> 0;
      const lo = (negative ? ~loBits : loBits) >>> 0;
      for (const selection of this.#elements[element] ?? []) {
        if (matches(selection, hi, lo, this.#pass)) {
          const digit = ((low ? lo : hi) >>> shift) & (DIGITS - 1);
          selection.counts[digit] = (selection.counts[digit] ?? 0) + 1;
        }
      }
      if (++element === column.width) element = 0;
    }
  }

  /** Ends a pass over all rows; `true` once the quantiles are known. */
  endPass(): boolean {
    const shift = SHIFTS[this.#pass % SHIFTS.length] ?? 0;
    const low = this.#pass >= SHIFTS.length;
    for (const [element, current] of this.#elements.entries()) {
      this.#elements[element] = current.flatMap((selection) => narrow(selection, shift, low));
    }
    this.#pass += 1;
    return this.#pass === PASSES;
  }

  quantiles(): Quantiles {
    const result: Quantiles = { q01: [], q10: [], q50: [], q90: [], q99: [] };
    for (const element of this.#elements) {
      const byRank = new Map<number, number>();
      for (const { hi, lo, ranks } of element) {
        const value = this.#decode(hi, lo);
        for (const { rank } of ranks) byRank.set(rank, value);
      }
      for (const name of QUANTILE_NAMES) {
        const at = (rank: number) => byRank.get(rank) ?? NaN;
        result[name].push(quantile(QUANTILES[name], this.#rows, at));
      }
    }
    return result;
  }

  #decode(hi: number, lo: number): number {
    const negative = hi >>> 31 === 0;
    this.#words[0] = negative ? ~lo : lo;
    this.#words[1] = negative ? ~hi : hi & 0x7fff_ffff;
    return this.#double[0] ?? NaN;
  }
}

/** Values that begin with the bits known so far, and the ranks looked for among them. */
interface Selection {
  readonly hi: number;
  readonly lo: number;
  readonly ranks: readonly { readonly rank: number; readonly among: number }[];
  /** Of the next digit. */
  readonly counts: Uint32Array;
}

function selections(rows: number): Selection[] {
  const wanted = new Set<number>();
  for (const name of QUANTILE_NAMES) {
    quantile(QUANTILES[name], rows, (rank) => {
      wanted.add(rank);
      return 0;
    });
  }
  const ranks = [...wanted].map((rank) => ({ rank, among: rank }));
  return [{ hi: 0, lo: 0, ranks, counts: new Uint32Array(DIGITS) }];
}

/** Whether a value's bits agree with all digits that earlier passes fixed. */
function matches(selection: Selection, hi: number, lo: number, pass: number): boolean {
  if (pass === 0) return true;
  if (pass < SHIFTS.length) {
    return (hi ^ selection.hi) >>> (SHIFTS[pass - 1] ?? 0) === 0;
  }
  if (hi !== selection.hi) return false;
  if (pass === SHIFTS.length) return true;
  return (lo ^ selection.lo) >>> (SHIFTS[pass - SHIFTS.length - 1] ?? 0) === 0;
}

function narrow(selection: Selection, shift: number, low: boolean): Selection[] {
  const byDigit = new Map<number, { rank: number; among: number }[]>();
  for (const { rank, among } of selection.ranks) {
    let below = 0;
    let digit = 0;
    while (below + (selection.counts[digit] ?? Infinity) <= among) {
      below += selection.counts[digit] ?? 0;
      digit += 1;
    }
    const ranks = byDigit.get(digit) ?? [];
    ranks.push({ rank, among: among - below });
    byDigit.set(digit, ranks);
  }
  return [...byDigit].map(([digit, ranks]) => {
    const bits = (digit << shift) >>> 0;
    return {
      hi: low ? selection.hi : (selection.hi | bits) >>> 0,
      lo: low ? (selection.lo | bits) >>> 0 : selection.lo,
      ranks,
      counts: new Uint32Array(DIGITS),
    };
  });
}
