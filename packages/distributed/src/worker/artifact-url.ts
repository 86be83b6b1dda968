import { joinUrl } from "@roboflow/storage";

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

/** Where the finalizer with this fencing token assembles. */
export function stagingUrl(output: string, batchId: string, token: number): string {
  return joinUrl(batchUrl(output, batchId), "final", `${token}/`);
}
