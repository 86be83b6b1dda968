import type { Excluded } from "../records/batch-record.js";
import type { KvReader } from "../store/kv-store.js";
import { batchJobs } from "../queue/list-jobs.js";
import type { AssemblyRequest } from "../worker/conversion.js";

/** The jobs of a batch by what becomes of them in its dataset. */
export interface BatchContents {
  /** Completed jobs in the submitted order. */
  readonly episodes: AssemblyRequest["episodes"];
  readonly excluded: Excluded;
  /** Jobs that were pending or running when they were read. */
  readonly open: number;
}

export async function readContents(reader: KvReader, batchId: string): Promise<BatchContents> {
  const episodes: AssemblyRequest["episodes"][number][] = [];
  const excluded = { failed: 0, dead: 0, cancelled: 0 };
  let open = 0;
  for await (const jobs of batchJobs(reader, batchId)) {
    for (const job of jobs) {
      switch (job.status) {
        case "Completed":
          episodes.push({
            jobId: job.id,
            sourceUrl: job.source.url,
            artifactUrl: job.result.artifactUrl,
          });
          break;
        case "Failed":
          excluded.failed += 1;
          break;
        case "Dead":
          excluded.dead += 1;
          break;
        case "Cancelled":
          excluded.cancelled += 1;
          break;
        case "Pending":
        case "Processing":
          open += 1;
      }
    }
  }
  return { episodes, excluded, open };
}

export function countExcluded({ failed, dead, cancelled }: Excluded): number {
  return failed + dead + cancelled;
}
