import type { Budget, Label, State } from "./state.js";

const DECISIONS = new Set(["cancel", "retry", "allowPartial", "cancelBatch"]);

/** What is left after the step; undefined if it can't be afforded. */
export function spend(state: State, label: Label): Budget | undefined {
  const { budget } = state;
  if (label.part === "commit") return budget;
  const faults = isFault(state, label) ? less(budget.faults) : budget.faults;
  const decisions = isDecision(label) ? less(budget.decisions) : budget.decisions;
  if (faults === -1 || decisions === -1) return undefined;
  return faults === budget.faults && decisions === budget.decisions
    ? budget
    : { faults, decisions };
}

/** Whether nobody can count on it, so that nothing may depend on it to go on. */
export function isUncertain(state: State, label: Label): boolean {
  return isDecision(label) || isFault(state, label);
}

function isDecision({ kind }: Label): boolean {
  return DECISIONS.has(kind);
}

function isFault({ finalizers, lock, processes }: State, label: Label): boolean {
  if (label.lost === true || label.kind === "crash") return true;
  // A dead process does fall silent, and must.
  if (label.kind === "expire") return processes[label.worker ?? -1]?.up === true;
  return (
    label.kind === "lead" &&
    finalizers.some(({ step, token }) => step !== "idle" && token === lock.token)
  );
}

function less(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count - 1;
}
