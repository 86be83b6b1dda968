import type { DistributedError } from "../error.js";
import type { Excluded } from "../records/batch-record.js";
import { isDamaged } from "../records/codec.js";
import type { JobRecord } from "../records/job-record.js";
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
  /** Why the rest could not be read; then what was counted is not all. */
  readonly damage: DistributedError | undefined;
}

/** @throws DistributedError `ERR_ROBOFLOW_RECORD_NEWER`: another finalizer's to publish */
export async function readContents(reader: KvReader, batchId: string): Promise<BatchContents> {
  const episodes: AssemblyRequest["episodes"][number][] = [];
  const excluded = { failed: 0, dead: 0, cancelled: 0 };
  let open = 0;
  const add = (job: JobRecord): void => {
    switch (job.status) {
      case "Completed": {
        const { artifactUrl } = job.result;
        episodes.push({ jobId: job.id, sourceUrl: job.source.url, artifactUrl });
        break;
      }
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
  };
  let damage: DistributedError | undefined;
  try {
    for await (const jobs of batchJobs(reader, batchId)) jobs.forEach(add);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    damage = error;
  }
  return { episodes, excluded, open, damage };
}

export function countExcluded({ failed, dead, cancelled }: Excluded): number {
  return failed + dead + cancelled;
}
