import type { BatchRecord, JobCounts, JobQueue } from "@roboflow/distributed";
import { setTimeout as delay } from "node:timers/promises";
import { CliError } from "../error.js";
import { formatCount } from "../io/format.js";
import { FrameRate } from "../io/progress.js";
import type { Terminal } from "../io/terminal.js";
import { jobLine } from "./job-line.js";
import { LiveLines } from "./live-lines.js";

const POLL_MS = 500;

export interface BatchView {
  readonly batch: BatchRecord;
  readonly counts: JobCounts;
}

/** Shows a batch's progress until nothing more happens without a decision. */
export async function watchBatch(
  queue: JobQueue,
  batchId: string,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<BatchView> {
  const rate = new FrameRate();
  const live = new LiveLines(terminal);
  for (;;) {
    const batch = await queue.getBatch(batchId);
    const counts = await queue.batchStats(batchId);
    if (isSettled(batch)) {
      live.clear();
      return { batch, counts };
    }
    const { jobs } = await queue.listJobs({ batchId, status: "Processing" });
    live.show(() => [
      summary(batch, counts),
      ...jobs.map((job) => jobLine(job, rate, terminal.columns)),
    ]);
    await delay(POLL_MS, undefined, { signal });
  }
}

/**
 * Ends a command that waited for a dataset.
 * @throws CliError `ERR_ROBOFLOW_CLI_PARTIAL` unless the whole batch is published
 */
export function assertPublished(
  { batch, counts }: BatchView,
  terminal: Terminal,
  quiet: boolean,
): void {
  if (batch.status === "Published") {
    if (!quiet)
      terminal.data(
        `published ${batch.output}: ${formatCount(batch.dataset.episodes, "episode")}, ${formatCount(batch.dataset.frames, "frame")}`,
      );
    return;
  }
  const reason = batch.status === "Failed" ? `: ${batch.error.message}` : "";
  throw new CliError(
    "ERR_ROBOFLOW_CLI_PARTIAL",
    `batch ${batch.id} is ${describeState(batch)}${reason} (${describeCounts(counts)})`,
    {
      hint: `see why: roboflow jobs list --batch ${batch.id}; then roboflow batches retry ${batch.id}, or roboflow batches finalize ${batch.id} --allow-partial`,
    },
  );
}

export function describeState(batch: BatchRecord): string {
  return batch.status === "Sealed" && batch.hold !== null ? "waiting for a decision" : batch.status;
}

export function describeCounts(counts: JobCounts): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status.toLowerCase()}`)
    .join(", ");
}

/** Nothing more happens to it by itself. */
function isSettled(batch: BatchRecord): boolean {
  switch (batch.status) {
    case "Submitting":
    case "Finalizing":
      return false;
    case "Sealed":
      return batch.hold !== null;
    case "Published":
    case "Partial":
    case "Failed":
    case "Cancelled":
      return true;
  }
}

function summary(batch: BatchRecord, counts: JobCounts): string {
  return `batch ${batch.id}: ${describeState(batch)}, ${describeCounts(counts)}`;
}
