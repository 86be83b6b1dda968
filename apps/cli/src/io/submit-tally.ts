import type { JobStatus, SubmittedJob } from "@roboflow/distributed";
import { formatCount } from "./format.js";

/** What became of a submission's jobs, however many they are. */
export class SubmitTally {
  #created = 0;
  readonly #known = new Map<JobStatus, number>();
  #firstBatchId: string | undefined;

  add({ batchId, status, created }: SubmittedJob): void {
    this.#firstBatchId ??= batchId;
    if (created) this.#created += 1;
    else this.#known.set(status, (this.#known.get(status) ?? 0) + 1);
  }

  /** The batch of the first job. */
  get firstBatchId(): string | undefined {
    return this.#firstBatchId;
  }

  get counts(): { readonly created: number; readonly known: Partial<Record<JobStatus, number>> } {
    return { created: this.#created, known: Object.fromEntries(this.#known) };
  }

  describe(): string {
    const queued = `${formatCount(this.#created, "job")} queued`;
    if (this.#known.size === 0) return queued;
    const statuses = [...this.#known].map(([status, count]) => `${count} ${status.toLowerCase()}`);
    const known = [...this.#known.values()].reduce((sum, count) => sum + count, 0);
    return `${queued}, ${known} submitted before (${statuses.join(", ")})`;
  }

  /** The command that brings this submission forward. */
  whatNext(batchId: string | undefined): string {
    if (this.#created > 0 || this.#known.has("Pending") || this.#known.has("Processing")) {
      return "workers convert it: roboflow worker --drain";
    }
    if ([...this.#known.keys()].some((status) => status !== "Completed")) {
      return `to convert again what failed: roboflow batches retry ${batchId ?? ""}`;
    }
    return "all of it is converted; --force with another output converts it again";
  }
}
