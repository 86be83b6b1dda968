/*
 * What there is in the model. All parts are immutable: a step shares what it does not change.
 * Numbers are places in the arrays below unless they say otherwise.
 */

export type JobStatus =
  | "Absent"
  | "Ready"
  | "Delayed"
  | "Processing"
  | "Completed"
  /** For good, or after the last attempt. */
  | "Failed"
  | "Cancelled";

export interface Job {
  readonly status: JobStatus;
  /** Worker, `GONE` or `NOBODY`. */
  readonly owner: number;
  readonly epoch: number;
  readonly failures: number;
}

export const NOBODY = -1;
/** A worker id that was declared dead and whose process has registered under another. */
export const GONE = -2;

/** The record of a worker. `silent`: alive, but its heartbeat is a lease old. */
export type WorkerRecord = "absent" | "alive" | "silent" | "dead";

export interface Batch {
  readonly status:
    | "Absent"
    | "Submitting"
    | "Sealed"
    | "Finalizing"
    | "Published"
    | "Partial"
    | "Failed"
    | "Cancelled";
  /** Sealed: waits for a decision. */
  readonly held: boolean;
  readonly allowPartial: boolean;
  readonly generation: number;
  /** Finalizing: of the finalizer. */
  readonly token: number;
  readonly publishingBegan: boolean;
  /** Cancelled: some of its jobs may be open. */
  readonly cleanup: boolean;
  /** Cancelled: it was never sealed. */
  readonly incomplete: boolean;
}

/** Leadership of the finalizers. Expiry only permits taking it, so it may be taken at any time. */
export interface Lock {
  readonly holder: number;
  readonly token: number;
}

/** What a worker's process believes to hold. */
export interface Lease {
  readonly job: number;
  readonly epoch: number;
}

export interface WorkerProcess {
  readonly up: boolean;
  readonly lease: Lease | undefined;
}

/** Jobs of a dataset: the epoch of the attempt whose episodes are in it, by job; -1 if none. */
export type Episodes = readonly number[];

/** Every change of the output follows a question whether it still leads: `may…` is in between. */
export type FinalizerStep =
  | "idle"
  | "leading"
  /** Has read the batch's record. */
  | "looked"
  /** Has read the batch's jobs. */
  | "read"
  | "assembling"
  | "publishing"
  | "mayClaim"
  /** The output's marker is its own. */
  | "claimed"
  /** Has looked what dataset is there. */
  | "found"
  | "sure"
  | "mayRemove"
  | "removed"
  | "mayShow"
  /** The dataset that was there is not the one it knew; it asks whether the marker is its own. */
  | "overtaken"
  | "shown";

export interface FinalizerProcess {
  readonly step: FinalizerStep;
  readonly token: number;
  /** Whether nobody has written the batch since it looked: its revision is the same. */
  readonly fresh: boolean;
  readonly generation: number;
  readonly episodes: Episodes;
  readonly excluded: boolean;
  /** Token of the dataset that it found in the output; 0 for none. */
  readonly known: number;
}

/** The output directory; it is no part of the store, but can replace and remove conditionally. */
export interface Output {
  /** Whose it is: the later generation, and the later leader of one, wins. */
  readonly marker: { readonly generation: number; readonly token: number };
  /** What loads; each token shows one at most, so that tells what it is. */
  readonly dataset: { readonly token: number; readonly episodes: Episodes } | undefined;
}

export type Value = Job | WorkerRecord | Batch | Lock;

/** A transaction that has made up its mind and did not commit yet. */
export interface Pending {
  readonly actor: string;
  readonly label: Label;
  readonly writes: ReadonlyMap<string, Value>;
  /** Keys that it wrote or locked: whoever commits one of them first makes it fail. */
  readonly guarded: ReadonlySet<string>;
  readonly answered: (state: State) => State;
}

/** What happens in a step; for traces, for the invariants, and to drive the real code. */
export interface Label {
  readonly kind: string;
  readonly actor: string;
  readonly worker?: number;
  readonly job?: number;
  readonly epoch?: number;
  /** Begun only, or the commit of what was begun. */
  readonly part?: "begin" | "commit";
  /** It was committed, but the actor does not learn it. */
  readonly lost?: boolean;
}

/** How much may still happen that nobody can count on; undefined: any amount. */
export interface Budget {
  /** Deaths, silences, takeovers from a living leader, and lost answers. */
  readonly faults: number | undefined;
  /** Of people. */
  readonly decisions: number | undefined;
}

const UNLIMITED: Budget = { faults: undefined, decisions: undefined };

export interface State {
  readonly jobs: readonly Job[];
  readonly workers: readonly WorkerRecord[];
  readonly batch: Batch;
  readonly lock: Lock;
  readonly processes: readonly WorkerProcess[];
  readonly finalizers: readonly FinalizerProcess[];
  readonly output: Output;
  readonly pending: readonly Pending[];
  readonly budget: Budget;
}

const NEW_JOB: Job = { status: "Absent", owner: NOBODY, epoch: 0, failures: 0 };

export const IDLE: FinalizerProcess = {
  step: "idle",
  token: 0,
  fresh: false,
  generation: 0,
  episodes: [],
  excluded: false,
  known: 0,
};

export interface Size {
  readonly workers: number;
  readonly jobs: number;
  readonly finalizers: number;
  readonly budget?: Budget;
}

export function initialState({ workers, jobs, finalizers, budget = UNLIMITED }: Size): State {
  return {
    jobs: Array.from({ length: jobs }, () => NEW_JOB),
    workers: Array.from({ length: workers }, () => "alive" as const),
    batch: {
      status: "Absent",
      held: false,
      allowPartial: false,
      generation: 1,
      token: 0,
      publishingBegan: false,
      cleanup: false,
      incomplete: false,
    },
    lock: { holder: NOBODY, token: 0 },
    processes: Array.from({ length: workers }, () => ({ up: true, lease: undefined })),
    finalizers: Array.from({ length: finalizers }, () => IDLE),
    output: { marker: { generation: 0, token: 0 }, dataset: undefined },
    pending: [],
    budget,
  };
}

export function isOpen({ status }: Job): boolean {
  return status === "Ready" || status === "Delayed" || status === "Processing";
}

export function replaced<T>(list: readonly T[], index: number, value: T): readonly T[] {
  return list.map((item, at) => (at === index ? value : item));
}
