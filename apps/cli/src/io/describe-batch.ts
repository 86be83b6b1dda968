import type { BatchRecord, JobCounts } from "@roboflow/distributed";
import { describeCounts, describeState } from "../watch/watch-batch.js";

/** A batch for people. */
export function describeBatch(batch: BatchRecord, counts: JobCounts): string[] {
  const lines = [
    `batch      ${batch.id}`,
    `status     ${describeState(batch)}`,
    `output     ${batch.output}`,
    `config     ${batch.configHash}`,
    `jobs       ${batch.jobCount}: ${describeCounts(counts) || "none"}`,
    `submitted  ${new Date(batch.createdAt).toISOString()} by ${batch.submittedBy}`,
  ];
  if (batch.status === "Published" || batch.status === "Partial") {
    lines.push(`dataset    ${batch.dataset.episodes} episodes, ${batch.dataset.frames} frames`);
  }
  const error = batch.status === "Failed" ? batch.error : batch.lastError;
  if (error !== null) {
    lines.push(`error      ${error.message}`);
    if (error.hint !== undefined) lines.push(`hint       ${error.hint}`);
  }
  return lines;
}
