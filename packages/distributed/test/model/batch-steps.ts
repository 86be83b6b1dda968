import type { Bug } from "./bugs.js";
import type { Operation } from "./operation.js";
import { isOpen, NOBODY, type Batch, type State } from "./state.js";
import { Refused } from "./transaction.js";

/**
 * The submitter: one job a transaction, in any order; the last one seals the batch. If it dies, the
 * same submit run again goes on, so there is nothing that it has to remember.
 */
export function* submitOperations(state: State, bugs: ReadonlySet<Bug>): Generator<Operation> {
  for (const [job, { status }] of state.jobs.entries()) {
    if (status !== "Absent") continue;
    yield {
      label: { kind: "submit", actor: "submitter", job },
      run(tx) {
        const batch = tx.batch();
        if (!["Absent", "Submitting", "Sealed"].includes(batch.status)) {
          throw new Refused();
        }
        const before = tx.job(job);
        if (before.status !== "Absent") throw new Refused();
        tx.putJob(job, { ...before, status: "Ready" });
        const last = tx.jobs().every((other, at) => at === job || other.status !== "Absent");
        const seals = last || bugs.has("the first chunk seals the batch");
        tx.putBatch(seals ? sealed(batch) : { ...batch, status: "Submitting" });
      },
    };
  }
}

/** What people decide: about a job, or about the batch. */
export function* decisions(state: State, bugs: ReadonlySet<Bug>): Generator<Operation> {
  for (const [job, record] of state.jobs.entries()) {
    if (isOpen(record)) {
      yield {
        label: { kind: "cancel", actor: "operator", job },
        run(tx) {
          const before = tx.job(job);
          if (!isOpen(before)) throw new Refused();
          tx.putJob(job, {
            ...before,
            status: "Cancelled",
            owner: NOBODY,
            epoch: before.epoch + 1,
          });
        },
      };
    }
    if (record.status === "Failed" || record.status === "Cancelled") {
      yield {
        label: { kind: "retry", actor: "operator", job },
        run(tx) {
          const before = tx.job(job);
          if (before.status !== "Failed" && before.status !== "Cancelled") throw new Refused();
          const batch = reopened(tx.batch());
          tx.putJob(job, { ...before, status: "Ready", failures: 0 });
          if (!bugs.has("retry does not write the batch")) tx.putBatch(batch);
        },
      };
    }
  }
  yield* batchDecisions(state, bugs);
}

function* batchDecisions({ batch }: State, bugs: ReadonlySet<Bug>): Generator<Operation> {
  if ((batch.status === "Sealed" && batch.held) || batch.status === "Failed") {
    yield {
      label: { kind: "allowPartial", actor: "operator" },
      run(tx) {
        const before = tx.batch();
        if (before.status !== "Sealed" && before.status !== "Failed") throw new Refused();
        tx.putBatch({ ...sealed(before), allowPartial: true });
      },
    };
  }
  if (!["Absent", "Cancelled", "Published", "Partial"].includes(batch.status)) {
    yield {
      label: { kind: "cancelBatch", actor: "operator" },
      run(tx) {
        const before = tx.batch();
        const may =
          ["Submitting", "Sealed", "Finalizing", "Failed"].includes(before.status) &&
          (!before.publishingBegan || bugs.has("publishing may be cancelled"));
        if (!may) throw new Refused();
        const incomplete = before.status === "Submitting";
        tx.putBatch({ ...sealed(before), status: "Cancelled", cleanup: true, incomplete });
      },
    };
  }
}

/** Cancels what is open in a cancelled batch: by who cancelled it, or a finalizer. */
export function* cancelling({ batch }: State, bugs: ReadonlySet<Bug>): Generator<Operation> {
  if (batch.status !== "Cancelled" || !batch.cleanup) return;
  if (bugs.has("the rest of a cancelled batch is left")) return;
  yield {
    label: { kind: "cancelOpen", actor: "cleaner" },
    run(tx) {
      const before = tx.batch();
      if (before.status !== "Cancelled" || !before.cleanup) throw new Refused();
      const open = tx.jobs().flatMap((job, at) => (isOpen(job) ? [{ job, at }] : []));
      for (const { job, at } of open) {
        tx.putJob(at, { ...job, status: "Cancelled", owner: NOBODY, epoch: job.epoch + 1 });
      }
      if (open.length === 0) tx.putBatch({ ...before, cleanup: false });
    },
  };
}

/** Sealed with nothing in the finalizer's way: what every decision leads to. */
export function sealed(batch: Batch): Batch {
  return {
    ...batch,
    status: "Sealed",
    held: false,
    token: 0,
    cleanup: false,
    incomplete: false,
  };
}

/** The batch with room for a job to become open again. */
function reopened(batch: Batch): Batch {
  switch (batch.status) {
    case "Submitting":
      return batch;
    case "Sealed":
    case "Failed":
      return { ...sealed(batch), allowPartial: false };
    case "Partial":
      return { ...sealed(batch), allowPartial: false, generation: batch.generation + 1 };
    case "Cancelled":
      if (batch.incomplete || batch.cleanup) throw new Refused();
      return { ...sealed(batch), allowPartial: false };
    case "Absent":
    case "Finalizing":
    case "Published":
      throw new Refused();
  }
}
