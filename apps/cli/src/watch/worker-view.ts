import type { LogFields, Logger } from "@roboflow/core";
import {
  eventFields,
  type ErrorRecord,
  type JobRecord,
  type WorkerEvent,
} from "@roboflow/distributed";
import { basename } from "node:path";
import { CliError } from "../error.js";
import { formatCount } from "../io/format.js";
import { FrameRate, progressLine } from "../io/progress.js";
import type { Terminal } from "../io/terminal.js";

interface RunningJob {
  readonly name: string;
  done: number;
  total: number | undefined;
}

/** What a worker does, on stderr: a line for each event, and progress bars on a terminal. */
export class WorkerView {
  readonly #terminal: Terminal;
  readonly #logger: Logger;
  readonly #bars: boolean;
  readonly #running = new Map<string, RunningJob>();
  readonly #rate = new FrameRate();
  /** Jobs that failed for good, and batches that wait or failed. */
  readonly #failed = new Set<string>();
  readonly #unpublished = new Set<string>();

  constructor(terminal: Terminal, logger: Logger, format: "text" | "json") {
    this.#terminal = terminal;
    this.#logger = logger;
    this.#bars = terminal.interactive && format === "text";
  }

  show(event: WorkerEvent): void {
    const about = eventFields(event);
    switch (event.type) {
      case "registered":
        this.#logger.debug("registered", about);
        break;
      case "claimed":
        this.#running.set(event.jobId, { name: nameOf(event.job), done: 0, total: undefined });
        this.#logger.info("converting", { ...about, recording: nameOf(event.job) });
        break;
      case "claimConflict":
        break;
      case "progress":
        this.#progress(event.jobId, event.progress.framesDone, event.progress.framesTotal);
        break;
      case "completed":
        this.#completed(event.job, about);
        break;
      case "failed":
        this.#running.delete(event.jobId);
        if (event.job.status !== "Pending") this.#failed.add(event.jobId);
        this.#logger.error(event.error.message, {
          ...about,
          recording: nameOf(event.job),
          ...describeError(event.error),
          status: event.job.status,
        });
        break;
      case "handedBack":
        this.#running.delete(event.jobId);
        this.#logger.info("handed back", about);
        break;
      case "lost":
        this.#running.delete(event.jobId);
        this.#logger.warn("lost a job", { ...about, reason: event.reason });
        break;
      case "storageRetry":
        this.#logger.debug("a request to a storage is tried again", {
          ...about,
          reason: event.reason,
        });
        break;
      case "reaped":
        this.#logger.warn("took jobs back from silent workers", {
          jobs: event.jobs.map(({ id }) => id),
        });
        break;
      case "idle":
        this.#logger.debug("nothing to do");
        break;
      case "draining":
        this.#logger.debug("draining");
        break;
      case "finalizing":
        this.#logger.info("assembling", { ...about, episodes: event.episodes });
        break;
      case "finalizingProgress":
        break;
      case "published":
        this.#unpublished.delete(event.batchId);
        this.#logger.info("published", {
          ...about,
          status: event.status,
          output: event.output,
          episodes: event.dataset.episodes,
          frames: event.dataset.frames,
        });
        break;
      case "batchHeld":
        this.#unpublished.add(event.batchId);
        this.#logger.warn(
          `batch waits for a decision: roboflow batches retry ${event.batchId}, or roboflow batches finalize ${event.batchId} --allow-partial`,
          { ...about, ...event.excluded },
        );
        break;
      case "batchFailed":
        this.#unpublished.add(event.batchId);
        this.#logger.error(event.error.message, { ...about, ...describeError(event.error) });
        break;
      case "finalizationDelayed":
        this.#logger.warn(`publishing is tried again: ${event.error.message}`, {
          ...about,
          code: event.error.code,
        });
        break;
    }
    this.#draw();
  }

  /**
   * Ends a worker that drained.
   * @throws CliError `ERR_ROBOFLOW_CLI_PARTIAL` if jobs failed for good or a batch was not published
   */
  assertAllDone(): void {
    if (this.#failed.size === 0 && this.#unpublished.size === 0) return;
    const parts = [
      ...(this.#failed.size > 0 ? [`${formatCount(this.#failed.size, "job")} failed`] : []),
      ...[...this.#unpublished].map((batchId) => `batch ${batchId} is not published`),
    ];
    throw new CliError("ERR_ROBOFLOW_CLI_PARTIAL", parts.join(", "), {
      hint: "see why: roboflow jobs list --status Failed; then roboflow batches retry, or batches finalize --allow-partial",
    });
  }

  close(): void {
    if (this.#bars) this.#terminal.redraw([]);
  }

  #progress(jobId: string, done: number, total: number | undefined): void {
    const job = this.#running.get(jobId);
    if (job !== undefined) this.#running.set(jobId, { ...job, done, total });
  }

  #completed(job: JobRecord, about: LogFields): void {
    this.#running.delete(job.id);
    if (job.status !== "Completed") return;
    const { frames, resumedFrames = 0, warnings } = job.result;
    this.#logger.info("converted", {
      ...about,
      recording: nameOf(job),
      frames,
      ...(resumedFrames === 0 ? {} : { resumedFrames }),
    });
    for (const warning of warnings) this.#logger.warn(warning, about);
  }

  #draw(): void {
    if (!this.#bars) return;
    const { columns } = this.#terminal;
    const lines = [...this.#running].map(([id, { name, done, total }]) =>
      progressLine({ name, done, total, perSecond: this.#rate.of(id, done), columns }),
    );
    this.#terminal.redraw(lines);
  }
}

function describeError({ code, hint }: ErrorRecord): LogFields {
  return hint === undefined ? { code } : { code, hint };
}

function nameOf({ source }: JobRecord): string {
  return decodeURIComponent(basename(source.url));
}
