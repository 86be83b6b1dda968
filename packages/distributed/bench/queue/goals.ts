import { PEER, ratio, type Sample } from "./table.js";

export interface Verdict {
  readonly line: string;
  readonly reached: boolean;
}

/** Beside a full queue, a claim and a life cycle cost at most so much more than beside an empty one. */
const FULL_QUEUE = 1.1;

/** Medians of the ratios within each round, and whether they are what we promise. */
export function judge(samples: readonly Sample[]): Verdict[] {
  const values = (key: "loops" | "finished", side: string): number[] =>
    [...new Set(samples.filter((sample) => sample.side === side).map((each) => each[key]))].sort(
      (a, b) => a - b,
    );
  const verdicts: Verdict[] = [];
  for (const loops of values("loops", "LMDB")) {
    for (const finished of values("finished", PEER)) {
      const of = (figure: Parameters<typeof ratio>[1]): number =>
        ratio(samples, figure, { side: "LMDB", loops, finished }, { side: PEER, loops, finished });
      const rate = of("lifeCycleRate");
      const others = `submit rate ${of("submitRate").toFixed(2)}, claim p50 ${of("claimP50").toFixed(2)}, p99 ${of("claimP99").toFixed(2)}`;
      verdicts.push({
        line: `${loops} loops, ${finished} finished: life-cycle rate ${rate.toFixed(2)} times pg-boss's (at least 1; ${others})`,
        reached: rate >= 1,
      });
    }
  }
  for (const side of ["LMDB", "TiKV"]) {
    const levels = values("finished", side);
    const [fewest = 0, most = 0] = [levels[0], levels.at(-1)];
    if (fewest === most) continue;
    for (const loops of values("loops", side)) {
      const of = (figure: Parameters<typeof ratio>[1]): number =>
        ratio(samples, figure, { side, loops, finished: most }, { side, loops, finished: fewest });
      const rate = 1 / of("lifeCycleRate");
      verdicts.push({
        line: `${side}, ${loops} loops: a life cycle with ${most} finished jobs takes ${rate.toFixed(2)} times as long as with ${fewest} (at most ${FULL_QUEUE}; claim p50 ${of("claimP50").toFixed(2)})`,
        reached: rate <= FULL_QUEUE,
      });
    }
  }
  return verdicts;
}
