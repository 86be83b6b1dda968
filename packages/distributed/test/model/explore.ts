import { isUncertain } from "./budget.js";
import type { Bug } from "./bugs.js";
import { canonical } from "./canonical.js";
import { checkState, isSettled } from "./invariants.js";
import { EdgeList } from "./edge-list.js";
import { SeenStates } from "./seen-states.js";
import { initialState, type Label, type Size, type State } from "./state.js";
import { successors } from "./successors.js";

export interface Exploration {
  /** States that differ in more than names. */
  readonly states: number;
  readonly steps: number;
  /** Steps from the first state to the farthest. */
  readonly depth: number;
  readonly violation: Violation | undefined;
}

export interface Violation {
  readonly problem: string;
  /** A shortest way to it. */
  readonly trace: readonly Label[];
}

/**
 * Visits every state that can be reached, breadth first, and checks each state and each commit; then
 * whether from every state the batch can be settled by what is sure to go on.
 * @param onProgress told of each level
 */
export function explore(
  size: Size,
  bugs: ReadonlySet<Bug>,
  onProgress: (states: number, depth: number) => void = () => {},
): Exploration {
  const seen = new SeenStates();
  const edges = new EdgeList();
  const parents: number[] = [-1];
  const settled: number[] = [];
  const first = initialState(size);
  seen.add(canonical(first));
  let level: { readonly state: State; readonly number: number }[] = [{ state: first, number: 0 }];
  let steps = 0;
  let depth = 0;
  const end = (problem: string | undefined, at: number, last?: Label): Exploration => {
    const trace =
      problem === undefined
        ? undefined
        : { problem, trace: traceTo(size, bugs, parents, at, last) };
    return { states: seen.size, steps, depth, violation: trace };
  };
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { state, number } of level) {
      const problem = checkState(state);
      if (problem !== undefined) return end(problem, number);
      if (isSettled(state)) settled.push(number);
      for (const { label, after, violation } of successors(state, bugs)) {
        steps += 1;
        if (violation !== undefined) return end(violation, number, label);
        const found = seen.add(canonical(after));
        if (found.isNew) {
          parents.push(number);
          next.push({ state: after, number: found.number });
        }
        if (!isUncertain(state, label)) edges.add(number, found.number);
      }
    }
    if (next.length > 0) depth += 1;
    level = next;
    onProgress(seen.size, depth);
  }
  const stuck = edges.firstThatReachesNone(seen.size, settled);
  return stuck === undefined ? end(undefined, 0) : end("stuck", stuck);
}

/** The steps from the first state to state `number`, and one more. */
function traceTo(
  size: Size,
  bugs: ReadonlySet<Bug>,
  parents: readonly number[],
  number: number,
  last: Label | undefined,
): Label[] {
  const path: number[] = [];
  for (let at = number; at > 0; at = parents[at] ?? 0) path.unshift(at);
  return [...replay(size, bugs, path), ...(last === undefined ? [] : [last])];
}

/** Numbers are given in the order of first sight, so seeing all again finds the same ones. */
function replay(size: Size, bugs: ReadonlySet<Bug>, path: readonly number[]): Label[] {
  const seen = new SeenStates();
  const wanted = new Set(path);
  const labels: Label[] = [];
  let level: State[] = [initialState(size)];
  seen.add(canonical(initialState(size)));
  while (labels.length < path.length) {
    const next: State[] = [];
    for (const state of level) {
      for (const { label, after } of successors(state, bugs)) {
        const { number, isNew } = seen.add(canonical(after));
        if (!isNew) continue;
        next.push(after);
        if (wanted.has(number)) labels.push(label);
      }
    }
    level = next;
  }
  return labels;
}
