import type { Bug } from "./bugs.js";
import { sealed } from "./batch-steps.js";
import type { Event, Operation } from "./operation.js";
import {
  IDLE,
  isOpen,
  replaced,
  type Batch,
  type FinalizerProcess,
  type Label,
  type State,
} from "./state.js";
import { publishingSteps } from "./publishing-steps.js";
import type { ModelTransaction } from "./transaction.js";

type Step = Omit<Operation, "label"> & { readonly kind: string };

/** The transactions of both finalizers, each of which may believe that it leads. */
export function* finalizerOperations(state: State, bugs: ReadonlySet<Bug>): Generator<Operation> {
  for (const [index, process] of state.finalizers.entries()) {
    for (const { kind, ...step } of steps(state, index, process, bugs)) {
      yield { ...step, label: label(kind, index) };
    }
  }
}

function* steps(
  state: State,
  index: number,
  process: FinalizerProcess,
  bugs: ReadonlySet<Bug>,
): Generator<Step> {
  const { token } = process;
  const become = (change: Partial<FinalizerProcess>) => (after: State) =>
    withFinalizer(after, index, change);
  switch (process.step) {
    case "idle":
      if (!isDue(state.batch)) return;
      yield {
        kind: "lead",
        run(tx) {
          // Its own of an earlier life, another's that has expired, or nobody's.
          const next = tx.leader().token + 1;
          tx.putLeader({ holder: index, token: next });
          return become({ step: "leading", token: next });
        },
      };
      return;
    case "read":
      yield { kind: "begin", run: (tx) => begin(tx, index, process, bugs) };
      return;
    case "assembling":
      yield {
        kind: "beginPublishing",
        losesAnswer: true,
        run(tx) {
          const batch = requireFinalizing(tx, index, token, bugs);
          if (batch === undefined) return become(IDLE);
          tx.putBatch({ ...batch, publishingBegan: true });
          return become({ step: "publishing" });
        },
      };
      yield {
        kind: "fail",
        run(tx) {
          const batch = requireFinalizing(tx, index, token, bugs);
          if (batch !== undefined) tx.putBatch({ ...sealed(batch), status: "Failed" });
          return become(IDLE);
        },
      };
      return;
    case "shown":
      yield {
        kind: "finish",
        losesAnswer: true,
        run(tx) {
          const batch = requireFinalizing(tx, index, token, bugs);
          if (batch !== undefined) {
            const status = process.excluded ? "Partial" : "Published";
            tx.putBatch({ ...sealed(batch), status, publishingBegan: false });
          }
          return become(IDLE);
        },
      };
      return;
    case "leading":
    case "looked":
    case "publishing":
    case "mayClaim":
    case "claimed":
    case "found":
    case "sure":
    case "mayRemove":
    case "removed":
    case "mayShow":
    case "overtaken":
    // What it does next is no transaction.
  }
}

function begin(
  tx: ModelTransaction,
  index: number,
  { token, fresh, excluded }: FinalizerProcess,
  bugs: ReadonlySet<Bug>,
): (state: State) => State {
  const giveUp = (after: State): State => withFinalizer(after, index, IDLE);
  if (!bugs.has("finalizing begins without the lock")) {
    if (!leads(tx, index, token)) return giveUp;
    tx.lockLeader();
  }
  const batch = tx.batch();
  if (!fresh && !bugs.has("finalizing begins without the batch's revision")) return giveUp;
  if (tx.jobs().some(isOpen)) return giveUp;
  if (excluded && !batch.allowPartial) {
    tx.putBatch({ ...sealed(batch), held: true });
    return giveUp;
  }
  tx.putBatch({ ...sealed(batch), status: "Finalizing", token });
  return (after) => withFinalizer(after, index, { step: "assembling" });
}

/** The batch, if this finalization still stands. Whoever writes it then excludes a new leader. */
function requireFinalizing(
  tx: ModelTransaction,
  index: number,
  token: number,
  bugs: ReadonlySet<Bug>,
): Batch | undefined {
  const batch = tx.batch();
  if (bugs.has("finalizing ends without its token")) return batch;
  if (!leads(tx, index, token)) return undefined;
  tx.lockLeader();
  return batch.status === "Finalizing" && batch.token === token ? batch : undefined;
}

function leads(tx: ModelTransaction, index: number, token: number): boolean {
  const lock = tx.leader();
  return lock.holder === index && lock.token === token;
}

/** What finalizers read outside of transactions. What they do to the output is elsewhere. */
export function* finalizerEvents(state: State, bugs: ReadonlySet<Bug>): Generator<Event> {
  for (const [index, process] of state.finalizers.entries()) {
    const to = (kind: string, change: Partial<FinalizerProcess>, from = state): Event => ({
      label: label(kind, index),
      after: withFinalizer(from, index, change),
    });
    const { batch } = state;
    if (process.step === "leading" && isDue(batch)) {
      yield to("look", { step: "looked", fresh: true, generation: batch.generation });
    }
    // With open jobs it would only look again later.
    if (process.step === "looked" && !state.jobs.some(isOpen)) {
      const episodes = state.jobs.map((job) => (job.status === "Completed" ? job.epoch : -1));
      yield to("readJobs", { step: "read", episodes, excluded: episodes.includes(-1) });
    }
    for (const { kind, change, output } of publishingSteps(state, index, bugs)) {
      yield to(kind, change, output === undefined ? state : { ...state, output });
    }
    if (process.step !== "idle") {
      yield to("crash", IDLE, withoutPending(state, `finalizer${index}`));
    }
  }
}

/** Whatever a process had open dies with it. */
export function withoutPending(state: State, actor: string): State {
  return { ...state, pending: state.pending.filter((each) => each.actor !== actor) };
}

function isDue(batch: Batch): boolean {
  return (batch.status === "Sealed" && !batch.held) || batch.status === "Finalizing";
}

function withFinalizer(state: State, index: number, change: Partial<FinalizerProcess>): State {
  const before = state.finalizers[index] ?? IDLE;
  const next = { ...before, ...change };
  // What an idle one remembers makes no difference.
  const after = next.step === "idle" ? IDLE : next;
  return { ...state, finalizers: replaced(state.finalizers, index, after) };
}

function label(kind: string, index: number): Label {
  return { kind, actor: `finalizer${index}` };
}
