import type { Excluded } from "../records/batch-record.js";
import type { KvReader } from "../store/kv-store.js";
import { batchJobs } from "../queue/list-jobs.js";
import type { AssemblyRequest } from "../worker/conversion.js";

/** What a batch without open jobs is made of. */
export interface BatchContents {
  /** Completed jobs in the submitted order. */
  readonly episodes: AssemblyRequest["episodes"];
  readonly excluded: Excluded;
}

export async function readContents(reader: KvReader, batchId: string): Promise<BatchContents> {
  const episodes: AssemblyRequest["episodes"][number][] = [];
  const excluded = { failed: 0, dead: 0, cancelled: 0 };
  for await (const jobs of batchJobs(reader, batchId)) {
    for (const job of jobs) {
      if (job.status === "Completed") {
        const { artifactUrl } = job.result;
        episodes.push({ jobId: job.id, sourceUrl: job.source.url, artifactUrl });
      } else if (job.status === "Failed") excluded.failed += 1;
      else if (job.status === "Dead") excluded.dead += 1;
      else if (job.status === "Cancelled") excluded.cancelled += 1;
    }
  }
  return { episodes, excluded };
}

export function countExcluded({ failed, dead, cancelled }: Excluded): number {
  return failed + dead + cancelled;
}
