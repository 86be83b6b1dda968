import type { RunFigures } from "./run.js";

export interface Sample extends RunFigures {
  readonly side: string;
  readonly round: number;
  readonly loops: number;
  readonly finished: number;
}

/** Its transactions wait for each other's locks, or skip them; they never run again. */
export const PEER = "pg-boss";

/** What is the same in all rounds. */
type Case = Pick<Sample, "side" | "loops" | "finished">;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Medians of all rounds, a line for each case. */
export function renderFigures(samples: readonly Sample[]): string {
  const lines = cases(samples).map((one) => {
    const of = (figure: keyof RunFigures): number =>
      median(samples.filter((sample) => isCase(sample, one)).map((sample) => sample[figure]));
    return [
      one.side,
      String(one.loops),
      String(one.finished),
      of("submitRate").toFixed(0),
      of("claimP50").toFixed(2),
      of("claimP99").toFixed(2),
      one.side === PEER ? "" : `${(of("conflicts") * 100).toFixed(1)} %`,
      of("lifeCycleRate").toFixed(0),
    ];
  });
  const head = [
    "queue",
    "loops",
    "finished",
    "submit/s",
    "claim p50 ms",
    "claim p99 ms",
    "conflicts",
    "jobs/s",
  ];
  return renderTable(head, lines);
}

/** Ratios of two cases in the same round, so that the machine's mood counts for both. */
export function ratio(
  samples: readonly Sample[],
  figure: keyof RunFigures,
  over: Case,
  under: Case,
): number {
  const ratios = samples
    .filter((sample) => isCase(sample, over))
    .flatMap(({ round, [figure]: value }) => {
      const other = samples.find((sample) => isCase(sample, under) && sample.round === round);
      return other === undefined ? [] : [value / other[figure]];
    });
  return median(ratios);
}

function renderTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}

function isCase(sample: Sample, { side, loops, finished }: Case): boolean {
  return sample.side === side && sample.loops === loops && sample.finished === finished;
}

function cases(samples: readonly Sample[]): Case[] {
  return samples.filter(
    (sample, index) => samples.findIndex((other) => isCase(other, sample)) === index,
  );
}
