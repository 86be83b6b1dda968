import type { Label, State } from "./state.js";
import { successors, type Step } from "./successors.js";

/** A step of the model as the code does it: what the reaper and the promoter do in one round is one. */
export interface WalkStep {
  readonly label: Label;
  readonly before: State;
  readonly after: State;
}

/** The reaper declares dead and takes what it can in one round; the promoter promotes all. */
const ROUNDS: readonly ReadonlySet<string>[] = [
  new Set(["declareDead", "take"]),
  new Set(["promote"]),
];
/** Chosen more often, because much can follow only on them. */
const OFTEN = new Set(["submit", "complete", "retry", "allowPartial", "begin", "stillLeader"]);
const NO_BUGS: ReadonlySet<never> = new Set();

/** One step from `state` on; `choose` gives a number in [0, 1). Undefined if there is none. */
export function walk(state: State, choose: () => number): WalkStep | undefined {
  const steps = [...successors(state, NO_BUGS)];
  // By kind first, as claims are many and decisions few.
  const kinds = [...new Set(steps.map(({ label }) => kindOf(label)))]
    .sort()
    .flatMap((kind) =>
      Array.from({ length: OFTEN.has(kind.split(" ")[0] ?? "") ? 6 : 1 }, () => kind),
    );
  const kind = kinds[Math.floor(choose() * kinds.length)];
  const some = steps.filter(({ label }) => kindOf(label) === kind);
  const step = some[Math.floor(choose() * some.length)];
  if (step === undefined) return undefined;
  const round = ROUNDS.find((kinds) => kinds.has(step.label.kind));
  const after = round === undefined ? step.after : whole(state, round);
  return { label: step.label, before: state, after };
}

function kindOf({ kind, part, lost }: Label): string {
  return `${kind} ${part ?? ""} ${lost ?? ""}`;
}

function whole(state: State, round: ReadonlySet<string>): State {
  let after = state;
  for (;;) {
    const step: Step | undefined = [...successors(after, NO_BUGS)].find(({ label }) =>
      round.has(label.kind),
    );
    if (step === undefined) return after;
    after = step.after;
  }
}
