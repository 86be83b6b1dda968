import type { WorkerEvent } from "../worker/worker-event.js";
import type { WorkerHealth } from "../worker/worker-health.js";
import { FrameMeter } from "./frame-meter.js";
import { createInstruments, type Instruments } from "./instruments.js";
import type { StoreCall } from "./observe-store.js";
import { QueueGauges, type MeasuredQueue } from "./queue-gauges.js";

/** What is measured of one process, as Prometheus reads it. Names and labels are stable. */
export class Metrics {
  readonly #instruments: Instruments;
  readonly #frames = new FrameMeter();
  #queue: QueueGauges | undefined;
  #worker: { health(): WorkerHealth } | undefined;

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
  }

  /** Of `text()`, for the header. */
  get contentType(): string {
    return this.#instruments.registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  async text(): Promise<string> {
    await this.#queue?.refresh();
    if (this.#worker) this.#measureWorker(this.#worker.health());
    return this.#instruments.registry.metrics();
  }

  /** Counts jobs by status and backlog, when asked for, and every 15 s at most. */
  watchQueue(queue: MeasuredQueue): void {
    const { jobs, backlog } = this.#instruments;
    this.#queue = new QueueGauges(queue, jobs, backlog);
  }

  watchWorker(worker: { health(): WorkerHealth }): void {
    this.#worker = worker;
  }

  /** For `observeStore`. */
  readonly onStoreCall = ({ operation, outcome, seconds }: StoreCall): void => {
    this.#instruments.storeLatency.observe({ operation }, seconds);
    if (outcome === "failed") this.#instruments.storeErrors.inc({ operation });
  };

  /** For a storage of this process; those of conversions come with the worker's events. */
  readonly onRetry = ({ reason }: { readonly reason: string }): void => {
    this.#instruments.retries.inc({ of: "storage", reason });
  };

  /** For a worker's `onEvent`. */
  readonly onEvent = (event: WorkerEvent): void => {
    const { frames, claims, conflicts, finalizations, losses, reaped, retries, jobSeconds } =
      this.#instruments;
    const converted = this.#frames.take(event);
    if (converted > 0) frames.inc(converted);
    switch (event.type) {
      case "claimed":
        claims.inc();
        break;
      case "claimConflict":
        conflicts.inc();
        break;
      case "completed":
        this.#completed(event);
        break;
      case "failed":
        jobSeconds.observe({ outcome: "failed" }, attemptSeconds(event));
        if (event.job.status === "Pending") retries.inc({ of: "job", reason: event.error.code });
        break;
      case "handedBack":
        retries.inc({ of: "job", reason: "handed_back" });
        break;
      case "lost":
        losses.inc({ reason: event.reason });
        break;
      case "storageRetry":
        this.onRetry(event);
        break;
      case "reaped":
        reaped.inc(event.jobs.length);
        break;
      case "published":
        finalizations.inc({ outcome: event.status === "Published" ? "published" : "partial" });
        break;
      case "batchHeld":
        finalizations.inc({ outcome: "held" });
        break;
      case "batchFailed":
        finalizations.inc({ outcome: "failed" });
        break;
      case "finalizationDelayed":
        finalizations.inc({ outcome: "delayed" });
        retries.inc({ of: "finalization", reason: event.error.code });
        break;
      case "registered":
      case "progress":
      case "finalizing":
      case "finalizingProgress":
      case "idle":
      case "draining":
    }
  };

  #completed(event: Extract<WorkerEvent, { type: "completed" }>): void {
    const { jobSeconds, episodes, resumed, bytes } = this.#instruments;
    jobSeconds.observe({ outcome: "completed" }, attemptSeconds(event));
    if (event.job.status !== "Completed") return;
    const { result } = event.job;
    episodes.inc(result.episodes);
    resumed.inc(result.resumedFrames ?? 0);
    bytes.inc({ direction: "read" }, result.bytes?.read ?? 0);
    bytes.inc({ direction: "written" }, result.bytes?.written ?? 0);
  }

  #measureWorker({ store, jobs, waitingResults, ready }: WorkerHealth): void {
    const { running, storeUp, up } = this.#instruments;
    running.set({ phase: "converting" }, jobs.length - waitingResults);
    running.set({ phase: "storing" }, waitingResults);
    storeUp.set(store.state === "reachable" ? 1 : 0);
    up.set(ready.ok ? 1 : 0);
  }
}

/** Loads prom-client. */
export async function createMetrics(): Promise<Metrics> {
  return new Metrics(createInstruments(await import("prom-client")));
}

/** By the store's clock. */
function attemptSeconds({
  job,
  attempt,
}: Extract<WorkerEvent, { type: "completed" | "failed" }>): number {
  const ended = job.attempts.find(({ epoch }) => epoch === attempt);
  if (ended === undefined || ended.outcome === "running") return 0;
  return Math.max(0, ended.endedAt - ended.startedAt) / 1000;
}
