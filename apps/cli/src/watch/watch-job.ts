import type { JobQueue, JobRecord } from "@roboflow/distributed";
import { setTimeout as delay } from "node:timers/promises";
import type { CliContext } from "../context.js";
import { FrameRate } from "../io/progress.js";
import { LiveLines } from "./live-lines.js";
import { jobLine } from "./job-line.js";

const POLL_MS = 500;

/** Shows a job's progress until it is Completed, Failed, Dead or Cancelled. */
export async function watchJob(
  queue: JobQueue,
  jobId: string,
  { terminal, signal }: CliContext,
): Promise<JobRecord> {
  const rate = new FrameRate();
  const live = new LiveLines(terminal);
  for (;;) {
    const job = await queue.getJob(jobId);
    if (job.status !== "Pending" && job.status !== "Processing") {
      live.clear();
      return job;
    }
    live.show(() => [
      job.status === "Pending"
        ? `job ${jobId}: waiting for a worker`
        : jobLine(job, rate, terminal.columns),
    ]);
    await delay(POLL_MS, undefined, { signal });
  }
}
