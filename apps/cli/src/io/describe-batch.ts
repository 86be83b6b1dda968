import type { BatchRecord, JobCounts, LimitRecord } from "@roboflow/distributed";
import { formatCount } from "./format.js";
import { describeCounts, describeState } from "../watch/watch-batch.js";

/** A batch for people. */
export function describeBatch(
  batch: BatchRecord,
  counts: JobCounts,
  limit: LimitRecord | undefined,
): string[] {
  const lines = [
    `batch      ${batch.id}`,
    `status     ${describeState(batch)}`,
    `output     ${batch.output}`,
    `config     ${batch.configHash}`,
    `jobs       ${batch.jobCount}: ${describeCounts(counts) || "none"}`,
    `submitted  ${new Date(batch.createdAt).toISOString()} by ${batch.submittedBy}`,
  ];
  if (limit?.paused) {
    const { by, at } = limit.paused;
    lines.push(`paused     ${new Date(at).toISOString()} by ${by}`);
  }
  if (limit !== undefined && limit.maxRunning !== null) {
    lines.push(`limit      ${formatCount(limit.maxRunning, "job")} at once`);
  }
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
