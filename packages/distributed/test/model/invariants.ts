import { isOpen, type Batch, type Job, type Label, type State } from "./state.js";

/** What holds in every state; the first that does not. */
export function checkState({ jobs, batch, output }: State): string | undefined {
  const complete = jobs.every(({ status }) => status !== "Absent");
  const sealed = !["Absent", "Submitting"].includes(batch.status) && !batch.incomplete;
  if (sealed && !complete) return "sealed without all of its jobs";
  if (isDecided(batch) && jobs.some(isOpen)) return "decided with open jobs";
  const neverPublished = batch.status === "Cancelled" && batch.generation === 1;
  if (neverPublished && output.dataset !== undefined) return "a cancelled batch was published";
  if (batch.status !== "Published" && batch.status !== "Partial") return undefined;
  const all = jobs.every(({ status }) => status === "Completed");
  if (batch.status === "Published" && !all) return "published without some of its jobs";
  const right = jobs.every(({ status, epoch }, index) => {
    const shown = output.dataset?.episodes[index] ?? -1;
    return shown === (status === "Completed" ? epoch : -1);
  });
  return right ? undefined : "the dataset is not what was completed";
}

/** Whether nobody but a person can bring the batch on. */
function isDecided(batch: Batch): boolean {
  switch (batch.status) {
    case "Finalizing":
    case "Published":
    case "Partial":
    case "Failed":
      return true;
    case "Sealed":
      return batch.held;
    case "Cancelled":
      return !batch.cleanup;
    case "Absent":
    case "Submitting":
      return false;
  }
}

/** Where every state must be able to come to without anyone's decision. */
export function isSettled({ jobs, batch }: State): boolean {
  return batch.status !== "Finalizing" && isDecided(batch) && !jobs.some(isOpen);
}

const DECISIONS = new Set(["retry", "allowPartial", "cancel", "cancelBatch"]);
const ENDS = new Set(["complete", "fail", "refuse", "handBack"]);
const FINALIZING = new Set(["beginPublishing", "fail", "finish"]);

/** What no commit may do, between the states just before and after it. */
export function checkCommit(before: State, after: State, label: Label): string | undefined {
  for (const [index, job] of before.jobs.entries()) {
    const next = after.jobs[index];
    if (next === undefined || next === job) continue;
    const wrong = checkJob(before, job, next, label);
    if (wrong !== undefined) return wrong;
  }
  return checkBatch(before, after, label);
}

function checkJob(before: State, job: Job, next: Job, label: Label): string | undefined {
  const isFinal = job.status !== "Absent" && !isOpen(job);
  const mayReopen = label.kind === "retry" && job.status !== "Completed";
  if (isFinal && !mayReopen) return "a final job changed";
  if (next.epoch < job.epoch) return "an epoch went back";
  if (label.kind === "claim") {
    if (next.epoch <= job.epoch) return "an epoch was given twice";
    const record = before.workers[label.worker ?? -1];
    if (record === "dead" || record === "absent") return "a dead worker claimed";
  }
  if (ENDS.has(label.kind)) {
    const held =
      job.status === "Processing" && job.owner === label.worker && job.epoch === label.epoch;
    if (!held) return "an attempt without its job changed it";
  }
  if (label.kind === "take" && job.owner >= 0 && before.workers[job.owner] !== "dead") {
    return "a job was taken from a living worker";
  }
  return undefined;
}

function checkBatch(before: State, after: State, label: Label): string | undefined {
  const { batch, lock } = before;
  if (batch === after.batch) return undefined;
  if (batch.status === "Published") return "a published batch changed";
  const final = batch.status === "Partial" || batch.status === "Failed";
  if (final && !DECISIONS.has(label.kind)) return "a final batch changed without a decision";
  if (batch.status === "Cancelled" && !["retry", "cancelOpen"].includes(label.kind)) {
    return "a cancelled batch changed";
  }
  if (!label.actor.startsWith("finalizer")) return undefined;
  const finalizer = before.finalizers[Number(label.actor.replace(/\D/g, ""))];
  if (finalizer === undefined || lock.token !== finalizer.token) {
    return "a finalizer that no longer leads changed the batch";
  }
  if (FINALIZING.has(label.kind) && batch.token !== finalizer.token) {
    return "a finalization that no longer stands changed the batch";
  }
  return undefined;
}
