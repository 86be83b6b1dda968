import type * as Prometheus from "prom-client";
import type { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What is measured. `docs/fleet` has the table of names for operators. */
export interface Instruments {
  readonly registry: Registry;
  readonly jobs: Gauge<"status">;
  readonly backlog: Gauge<"state">;
  readonly running: Gauge<"phase">;
  readonly storeUp: Gauge;
  readonly up: Gauge;
  readonly claims: Counter;
  readonly conflicts: Counter;
  readonly frames: Counter;
  readonly resumed: Counter;
  readonly episodes: Counter;
  readonly bytes: Counter<"direction">;
  readonly retries: Counter<"of" | "reason">;
  readonly losses: Counter<"reason">;
  readonly reaped: Counter;
  readonly finalizations: Counter<"outcome">;
  readonly storeErrors: Counter<"operation">;
  readonly storeLatency: Histogram<"operation">;
  readonly jobSeconds: Histogram<"outcome">;
}

/** From a read in memory to a call that has used up its time. */
const STORE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const JOB_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200];

export function createInstruments(prometheus: typeof Prometheus): Instruments {
  const registry = new prometheus.Registry();
  const registers = [registry];
  prometheus.collectDefaultMetrics({ register: registry });
  const plain = (
    name: string,
    help: string,
  ): { name: string; help: string; registers: Registry[] } => ({
    name: `roboflow_${name}`,
    help,
    registers,
  });
  const counter = (name: string, help: string): Counter =>
    new prometheus.Counter(plain(name, help));
  const gauge = (name: string, help: string): Gauge => new prometheus.Gauge(plain(name, help));
  const labelled = <L extends string>(
    name: string,
    help: string,
    ...labelNames: L[]
  ): ReturnType<typeof plain> & { labelNames: L[] } => ({ ...plain(name, help), labelNames });
  return {
    registry,
    jobs: new prometheus.Gauge(labelled("jobs", "Jobs of the store by status", "status")),
    backlog: new prometheus.Gauge(
      labelled("backlog_jobs", "Open jobs by what they wait for, counted up to 10000", "state"),
    ),
    running: new prometheus.Gauge(
      labelled("worker_jobs", "Jobs that this worker has in hand", "phase"),
    ),
    storeUp: gauge("store_reachable", "1 while the store answers this worker"),
    up: gauge("worker_ready", "1 while this worker takes work"),
    claims: counter("claims_total", "Jobs claimed by this worker"),
    conflicts: counter("claim_conflicts_total", "Claims that began anew as another was faster"),
    frames: counter("frames_total", "Frames converted, those taken over not counted"),
    resumed: counter("resumed_frames_total", "Frames taken over from earlier attempts"),
    episodes: counter("episodes_total", "Episodes of completed jobs"),
    bytes: new prometheus.Counter(
      labelled("bytes_total", "Bytes of recordings read and of episodes written", "direction"),
    ),
    retries: new prometheus.Counter(
      labelled("retries_total", "What is tried again, and why", "of", "reason"),
    ),
    losses: new prometheus.Counter(
      labelled("lease_losses_total", "Jobs that this worker held and lost", "reason"),
    ),
    reaped: counter("reaped_jobs_total", "Jobs that this worker took back from others"),
    finalizations: new prometheus.Counter(
      labelled("finalizations_total", "Finalizations that ended on this worker", "outcome"),
    ),
    storeErrors: new prometheus.Counter(
      labelled("store_errors_total", "Calls of the store that failed", "operation"),
    ),
    storeLatency: new prometheus.Histogram({
      ...labelled("store_latency_seconds", "Time that calls of the store took", "operation"),
      buckets: STORE_SECONDS,
    }),
    jobSeconds: new prometheus.Histogram({
      ...labelled("job_seconds", "Time that attempts took, by the store's clock", "outcome"),
      buckets: JOB_SECONDS,
    }),
  };
}
