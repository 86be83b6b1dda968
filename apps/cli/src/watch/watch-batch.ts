import type { BatchRecord, JobCounts, JobQueue, JobRecord } from "@roboflow/distributed";
import { setTimeout as delay } from "node:timers/promises";
import { CliError } from "../error.js";
import { formatCount } from "../io/format.js";
import { FrameRate } from "../io/progress.js";
import type { Terminal } from "../io/terminal.js";
import { jobLine } from "./job-line.js";
import { LiveLines } from "./live-lines.js";

const POLL_MS = 500;
/** Running jobs shown; a fleet may have thousands. */
const LINES = 20;

export interface BatchView {
  readonly batch: BatchRecord;
  readonly counts: JobCounts;
}

/**
 * Shows a batch's progress until nothing more happens without a decision. Each look reads the
 * batch's record, and where something is to be drawn its index of open jobs and what runs: of the
 * jobs that wait or are done, however many they are, none. Only the end reads them all, once.
 */
export async function watchBatch(
  queue: JobQueue,
  batchId: string,
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
): Promise<BatchView> {
  const rate = new FrameRate();
  const live = new LiveLines(terminal);
  for (;;) {
    const began = performance.now();
    const batch = await queue.getBatch(batchId);
    if (isSettled(batch)) {
      live.clear();
      return { batch, counts: await queue.batchStats(batchId) };
    }
    if (live.due) {
      const open = await queue.countOpen(batchId);
      const jobs = await runningJobs(queue, batchId);
      live.show(() => [
        summary(batch, open),
        ...jobs.map((job) => jobLine(job, rate, terminal.columns)),
      ]);
    }
    // Counting a very long index takes a while; then it is done less often.
    const pause = Math.max(POLL_MS, (performance.now() - began) * 10);
    await delay(pause, undefined, { signal });
  }
}

/** By the index of all that run; that of the batch would lead past every job of it. */
async function runningJobs(queue: JobQueue, batchId: string): Promise<JobRecord[]> {
  const { jobs } = await queue.listJobs({ status: "Processing", limit: LINES });
  return jobs.filter((job) => job.batchId === batchId);
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

function summary(batch: BatchRecord, open: number): string {
  return `batch ${batch.id}: ${describeState(batch)}, ${batch.jobCount - open} of ${formatCount(batch.jobCount, "job")} done`;
}
