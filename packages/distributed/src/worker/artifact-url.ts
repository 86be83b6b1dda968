import { joinUrl } from "@roboflow/storage";
import type { JobIn } from "../records/job-record.js";

/** Everything of a batch that is not the dataset. All URLs here are directories and end in `/`. */
export function batchUrl(output: string, batchId: string): string {
  return joinUrl(output, ".roboflow", `${batchId}/`);
}

/** What one attempt writes, and nobody else. */
export function artifactUrl(job: {
  readonly output: string;
  readonly batchId: string;
  readonly id: string;
  readonly leaseEpoch: number;
}): string {
  return joinUrl(batchUrl(job.output, job.batchId), job.id, `${job.leaseEpoch}/`);
}

/** What the earlier attempts at a claimed job may have left, newest first. */
export function earlierArtifactUrls(job: JobIn<"Processing">): string[] {
  return job.attempts
    .map(({ epoch }) => epoch)
    .filter((epoch) => epoch < job.leaseEpoch)
    .sort((a, b) => b - a)
    .map((leaseEpoch) => artifactUrl({ ...job, leaseEpoch }));
}

/** Where the finalizer with this fencing token assembles. */
export function stagingUrl(output: string, batchId: string, token: number): string {
  return joinUrl(batchUrl(output, batchId), "final", `${token}/`);
}
