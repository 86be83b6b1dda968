import { isOpen, type FinalizerProcess, type Job, type Pending, type State } from "./state.js";

const STATUSES = [
  "Absent",
  "Ready",
  "Delayed",
  "Processing",
  "Completed",
  "Failed",
  "Cancelled",
] as const;
const RECORDS = ["absent", "alive", "silent", "dead"] as const;
const BATCHES = [
  "Absent",
  "Submitting",
  "Sealed",
  "Finalizing",
  "Published",
  "Partial",
  "Failed",
  "Cancelled",
] as const;
const STEPS = [
  "idle",
  "leading",
  "looked",
  "read",
  "assembling",
  "publishing",
  "mayClaim",
  "claimed",
  "found",
  "sure",
  "mayRemove",
  "removed",
  "mayShow",
  "overtaken",
  "shown",
] as const;

/** An order of workers, jobs and finalizers: new places by old ones. */
interface Order {
  readonly workers: readonly number[];
  readonly jobs: readonly number[];
  readonly finalizers: readonly number[];
}

/**
 * The state as numbers, the same for all states that differ only in which worker is which, which job
 * and which finalizer, and in how large epochs, tokens and generations are: only their order counts,
 * and of tokens only whose is the lock's and the batch's.
 */
export function canonical(state: State): string {
  const ranks = new Ranks(state);
  let least: string | undefined;
  for (const workers of orders(state.workers.map((_, at) => workerSketch(state, ranks, at)))) {
    for (const jobs of orders(state.jobs.map((_, at) => jobSketch(state, ranks, at)))) {
      for (const finalizers of orders(
        state.finalizers.map((_, at) => finalizerSketch(state, at)),
      )) {
        const text = encode(state, ranks, { workers, jobs, finalizers });
        if (least === undefined || text < least) least = text;
      }
    }
  }
  return least ?? "";
}

/** Epochs of each job and generations by their order. */
class Ranks {
  readonly #epochs: readonly number[][];
  readonly #generations: number[];

  constructor(state: State) {
    this.#epochs = state.jobs.map((job, at) => {
      const values = [job.epoch];
      for (const { lease } of state.processes) if (lease?.job === at) values.push(lease.epoch);
      for (const each of state.finalizers) if (hasRead(each)) values.push(each.episodes[at] ?? -1);
      values.push(state.output.dataset?.episodes[at] ?? -1);
      for (const { label, writes } of state.pending) {
        if (label.job === at && label.epoch !== undefined) values.push(label.epoch);
        const written = writes.get(`job${at}`);
        if (typeof written === "object" && "epoch" in written) values.push(written.epoch);
      }
      return order(values);
    });
    const known = state.finalizers.filter(({ step }) => step !== "idle" && step !== "leading");
    const generations = known.map(({ generation }) => generation);
    this.#generations = order([
      state.batch.generation,
      state.output.marker.generation,
      ...generations,
    ]);
  }

  /** 9 for -1: no epoch. */
  epoch(job: number, epoch: number): number {
    return epoch < 0 ? 9 : (this.#epochs[job]?.indexOf(epoch) ?? 0);
  }

  generation(generation: number): number {
    return generation === 0 ? 9 : this.#generations.indexOf(generation);
  }
}

function order(values: readonly number[]): number[] {
  const known = values.filter((value, at) => value >= 0 && values.indexOf(value) === at);
  return known.sort((a, b) => a - b);
}

function encode(state: State, ranks: Ranks, { workers, jobs, finalizers }: Order): string {
  const codes: number[] = [];
  const owner = (index: number): number => (index < 0 ? 10 + index : place(workers, index));
  const putJob = (job: Job, at: number): void => {
    codes.push(STATUSES.indexOf(job.status), owner(job.owner));
    codes.push(ranks.epoch(at, job.epoch), isOpen(job) ? job.failures : 0);
  };
  for (const at of jobs) {
    const job = state.jobs[at];
    if (job) putJob(job, at);
  }
  for (const at of workers) {
    const { up, lease } = state.processes[at] ?? { up: false, lease: undefined };
    codes.push(RECORDS.indexOf(state.workers[at] ?? "absent"), Number(up));
    codes.push(lease === undefined ? 9 : place(jobs, lease.job));
    codes.push(lease === undefined ? 0 : ranks.epoch(lease.job, lease.epoch));
  }
  const putBatch = ({ status, held, allowPartial, ...more }: State["batch"]): void => {
    codes.push(BATCHES.indexOf(status), ranks.generation(more.generation));
    const flags = [held, allowPartial, more.publishingBegan, more.cleanup, more.incomplete];
    codes.push(flags.reduce((bits, flag) => bits * 2 + Number(flag), 0));
  };
  putBatch(state.batch);
  codes.push(state.budget.faults ?? 99, state.budget.decisions ?? 99);
  const { lock, batch, output } = state;
  const putEpisodes = (episodes: readonly number[] | undefined): void => {
    for (const at of jobs) codes.push(ranks.epoch(at, episodes?.[at] ?? -1));
  };
  for (const at of finalizers) {
    const process = state.finalizers[at];
    if (process === undefined) continue;
    codes.push(STEPS.indexOf(process.step));
    if (process.step === "idle") continue;
    const tokens = Number(process.token === lock.token) * 2 + Number(process.token === batch.token);
    codes.push(tokens, Number(knowsRevision(process) && process.fresh));
    codes.push(process.step === "leading" ? 0 : ranks.generation(process.generation));
    if (!hasRead(process)) continue;
    putEpisodes(process.episodes);
    if (!isPublishing(process)) continue;
    // Of tokens only this counts; a dataset that it knew and that is gone never comes back.
    codes.push(Math.sign(output.marker.token - process.token) + 1);
    codes.push(process.known === 0 ? 0 : process.known === output.dataset?.token ? 1 : 2);
  }
  codes.push(ranks.generation(output.marker.generation), Number(output.dataset !== undefined));
  putEpisodes(output.dataset?.episodes);
  for (const pending of inOrder(state.pending)) {
    const { label } = pending;
    for (const letter of label.kind) codes.push(letter.charCodeAt(0));
    codes.push(label.worker === undefined ? 9 : owner(label.worker));
    codes.push(label.job === undefined ? 9 : place(jobs, label.job));
    codes.push(finalizerOf(pending, finalizers));
    for (const at of jobs) {
      const job = pending.writes.get(`job${at}`);
      if (typeof job === "object" && "failures" in job) putJob(job, at);
      else codes.push(8);
    }
    const batch = pending.writes.get("batch");
    if (typeof batch === "object" && "held" in batch) putBatch(batch);
  }
  return String.fromCharCode(...codes);
}

function finalizerOf({ actor }: Pending, finalizers: readonly number[]): number {
  return actor.startsWith("finalizer") ? place(finalizers, Number(actor.slice(9))) : 9;
}

/** By kind: an order that no other order changes, except among equals. */
function inOrder(pending: readonly Pending[]): readonly Pending[] {
  if (pending.length < 2) return pending;
  return pending.toSorted((a, b) => (a.label.kind < b.label.kind ? -1 : 1));
}

const place = (order: readonly number[], index: number): number => order.indexOf(index);

function hasRead({ step }: FinalizerProcess): boolean {
  return step !== "idle" && step !== "leading" && step !== "looked";
}

function isPublishing(process: FinalizerProcess): boolean {
  return hasRead(process) && process.step !== "read" && process.step !== "assembling";
}

function knowsRevision({ step }: FinalizerProcess): boolean {
  return step === "looked" || step === "read";
}

/*
 * Sketches are numbers that stay the same when the others are put in another order. Only where they
 * are equal must all orders be tried.
 */

function jobSketch({ jobs, processes, workers }: State, ranks: Ranks, at: number): number {
  const job = jobs[at];
  if (job === undefined) return 0;
  const owner = job.owner < 0 ? job.owner + 2 : 2 + RECORDS.indexOf(workers[job.owner] ?? "absent");
  const leases = processes.filter(({ lease }) => lease?.job === at).length;
  const sketch = STATUSES.indexOf(job.status) * 8 + owner;
  return (
    ((sketch * 8 + ranks.epoch(at, job.epoch)) * 4 + (isOpen(job) ? job.failures : 0)) * 4 + leases
  );
}

function workerSketch({ jobs, processes, workers }: State, ranks: Ranks, at: number): number {
  const { up, lease } = processes[at] ?? { up: false, lease: undefined };
  const held = lease === undefined ? undefined : jobs[lease.job];
  const status = held === undefined ? 7 : STATUSES.indexOf(held.status);
  const epoch = lease === undefined ? 0 : 1 + ranks.epoch(lease.job, lease.epoch);
  const owned = jobs.filter(({ owner }) => owner === at).length;
  const own = Number(held?.owner === at);
  const record = RECORDS.indexOf(workers[at] ?? "absent") * 2 + Number(up);
  return (((record * 8 + status) * 16 + epoch) * 4 + owned) * 2 + own;
}

function finalizerSketch({ finalizers, lock }: State, at: number): number {
  const process = finalizers[at];
  if (process === undefined) return 0;
  const leads = Number(process.token === lock.token);
  return STEPS.indexOf(process.step) * 4 + leads * 2 + Number(process.fresh);
}

/** Every order by sketch, with equals in all orders. */
function* orders(sketches: readonly number[]): Generator<number[]> {
  const sorted = sketches
    .map((_, at) => at)
    .sort((a, b) => (sketches[a] ?? 0) - (sketches[b] ?? 0));
  yield* arrange(sorted, sketches, 0);
}

function* arrange(
  order: readonly number[],
  sketches: readonly number[],
  from: number,
): Generator<number[]> {
  if (from >= order.length - 1) {
    yield [...order];
    return;
  }
  const first = sketches[order[from] ?? 0];
  for (let at = from; at < order.length && sketches[order[at] ?? 0] === first; at += 1) {
    const chosen = order[at];
    if (chosen === undefined) continue;
    const rest = [...order.slice(from, at), ...order.slice(at + 1)];
    yield* arrange([...order.slice(0, from), chosen, ...rest], sketches, from + 1);
  }
}
