import { cancelling, decisions, submitOperations } from "./batch-steps.js";
import { spend } from "./budget.js";
import type { Bug } from "./bugs.js";
import { finalizerEvents, finalizerOperations } from "./finalizer-steps.js";
import { checkCommit } from "./invariants.js";
import type { Event, Operation } from "./operation.js";
import { processEvents } from "./process-events.js";
import { settleFinalizers } from "./settle-finalizers.js";
import type { Label, Pending, State } from "./state.js";
import { committed, ModelTransaction, Refused } from "./transaction.js";
import { workerOperations } from "./worker-steps.js";

export interface Step extends Event {
  /** What the commit of this step did that none may do. */
  readonly violation?: string;
}

/** Every state that can follow in the protocol without the guards that `bugs` leave out. */
export function* successors(state: State, bugs: ReadonlySet<Bug>): Generator<Step> {
  for (const step of all(state, bugs)) {
    const budget = spend(state, step.label);
    if (budget === undefined) continue;
    const after = settleFinalizers(step.after, bugs);
    yield { ...step, after: after.budget === budget ? after : { ...after, budget } };
  }
}

function* all(state: State, bugs: ReadonlySet<Bug>): Generator<Step> {
  const busy = new Set(state.pending.map(({ actor }) => actor));
  const free = ({ label }: { readonly label: Label }): boolean =>
    !busy.has(label.actor) || label.kind === "crash";
  for (const event of [...processEvents(state), ...finalizerEvents(state, bugs)]) {
    if (free(event)) yield event;
  }
  for (const operation of operations(state, bugs)) {
    if (free(operation)) yield* perform(state, operation);
  }
  for (const pending of state.pending) yield commit(state, pending);
}

function* operations(state: State, bugs: ReadonlySet<Bug>): Generator<Operation> {
  yield* submitOperations(state, bugs);
  yield* workerOperations(state, bugs);
  yield* decisions(state, bugs);
  yield* cancelling(state, bugs);
  yield* finalizerOperations(state, bugs);
}

/**
 * One transaction. If all that it read is guarded by what it wrote or locked, then it is as good as
 * done at the instant of its commit: what could have come between would have made it fail. Only one
 * that read more is also begun now and committed later.
 */
function* perform(state: State, { label, losesAnswer, run }: Operation): Generator<Step> {
  const tx = new ModelTransaction(state);
  let answer: ReturnType<Operation["run"]>;
  try {
    answer = run(tx);
  } catch (error) {
    if (error instanceof Refused) return;
    throw error;
  }
  const answered = answer ?? ((after: State) => after);
  const { writes, guarded } = tx;
  // Locks alone change nothing; those that they would make fail may fail without them, too.
  if (writes.size === 0) {
    yield { label, after: answered(state) };
    return;
  }
  const pending: Pending = { actor: label.actor, label, writes, guarded, answered };
  yield { ...commit(state, pending), label };
  if (losesAnswer === true) {
    yield { label: { ...label, lost: true }, after: committed(state, writes, guarded) };
  }
  if (tx.isSkewed) {
    const begun = { ...state, pending: [...state.pending, pending] };
    yield { label: { ...label, part: "begin" }, after: begun };
  }
}

function commit(state: State, { label, writes, guarded, answered }: Pending): Step {
  const stored = committed(state, writes, guarded);
  const violation = checkCommit(state, stored, label);
  return {
    label: { ...label, part: "commit" },
    after: answered(without(stored, label.actor)),
    ...(violation === undefined ? {} : { violation }),
  };
}

/** An actor has one transaction at a time. */
function without(state: State, actor: string): State {
  return { ...state, pending: state.pending.filter((each) => each.actor !== actor) };
}
