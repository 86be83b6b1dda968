import { tmpdir } from "node:os";
import type { Logger } from "@roboflow/core";
import { publishArtifacts, releaseOutput, sweepScratch } from "@roboflow/dataset";
import {
  ChildRunner,
  createMetrics,
  JobQueue,
  observeStore,
  startHealthServer,
  storeConfigs,
  TikvClient,
  Worker,
  WORKER_ROLES,
  type HealthServer,
  type Metrics,
  type WorkerRole,
} from "@roboflow/distributed";
import { createStorage } from "@roboflow/storage";
import { Command, Option } from "commander";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { httpAddress, type HttpAddress } from "../input/http-address.js";
import { integer, seconds } from "../input/numbers.js";
import { openSession, type Session } from "../session.js";
import type { SettingFlags } from "../settings/settings.js";
import { WorkerView } from "../watch/worker-view.js";

interface Flags extends SettingFlags {
  readonly role: WorkerRole | "both";
  readonly http?: HttpAddress;
  readonly jobs?: number;
  readonly drain?: boolean;
  /** Milliseconds, as are all times below. */
  readonly lease?: number;
  readonly heartbeat?: number;
  readonly attemptTimeout?: number;
  readonly grace?: number;
  readonly configCache?: number;
}

const HELP = `
Examples:
  $ roboflow worker
  $ roboflow worker --drain --jobs 2
  $ roboflow worker --role worker --scratch /mnt/scratch --http 0.0.0.0:9090
  $ roboflow worker --role finalizer

SIGTERM or Ctrl-C drains: running jobs finish, or go back to the queue after the grace time. A second signal
stops at once and hands the jobs back. After kill -9 another worker takes them over when the lease ends.

With --drain the exit code is 7 if jobs failed for good or a batch was not published.`;

export function workerCommand(context: CliContext): Command {
  return new Command("worker")
    .description("convert queued recordings and publish finished batches")
    .addOption(
      new Option(
        "--role <role>",
        "worker: converts; finalizer: publishes, and takes back the jobs of dead workers",
      )
        .choices([...WORKER_ROLES, "both"])
        .default("both"),
    )
    .option("--jobs <n>", "jobs at once (default 1)", integer({ min: 1, max: 256 }))
    .option("--drain", "end when nothing is ready, delayed or unpublished")
    .option("--lease <seconds>", "how long a silent worker keeps its jobs (default 120)", seconds)
    .option("--heartbeat <seconds>", "time between signs of life (default 30)", seconds)
    .option("--attempt-timeout <seconds>", "longest attempt at a job (default 3600)", seconds)
    .option("--grace <seconds>", "how long a drain lets running jobs go on (default 30)", seconds)
    .option(
      "--http <host:port>",
      "serve /livez, /readyz, /health and /metrics (Prometheus) there",
      httpAddress,
    )
    .option(
      "--scratch <dir>",
      "for temporary files of recordings and outputs on object stores (default: the system's)",
    )
    .option(
      "--config-cache <n>",
      "parsed configs kept (default 64)",
      integer({ min: 1, max: 100_000 }),
    )
    .addHelpText("after", HELP)
    .action(async (_options, command: Command) => work(command.optsWithGlobals(), context));
}

async function work(flags: Flags, context: CliContext): Promise<void> {
  refuseShortLease(flags);
  // A worker may start before the first submit; one that drains expects something to do.
  const use = flags.drain === true ? "look" : "fill";
  await using session = await openSession(flags, context, use);
  const { settings, logger } = session;
  const { client, queue, metrics } = await measured(session, flags);
  await using storage = createStorage({ logger, ...(metrics && { onRetry: metrics.onRetry }) });
  const view = new WorkerView(context.terminal, logger, settings.logFormat);
  const scratchDir = settings.scratch ?? tmpdir();
  // What processes left that were killed here; nobody else would remove it.
  await sweepScratch(scratchDir, { logger });
  const children = new ChildRunner({
    entry: new URL(childModule(), import.meta.url),
    env: { ...context.env, ROBOFLOW_SCRATCH: scratchDir },
  });
  const worker = new Worker({
    queue,
    storage,
    configs: storeConfigs(client, {
      logger,
      ...(flags.configCache === undefined ? {} : { cacheSize: flags.configCache }),
    }),
    convert: children.convert,
    assemble: children.assemble,
    publish: (request, publishing) =>
      publishArtifacts(request, { ...publishing, storage, scratchDir }),
    releaseOutput: async ({ outputUrl, ...owner }, call) => {
      await releaseOutput(storage, outputUrl, owner, call);
    },
    roles: flags.role === "both" ? WORKER_ROLES : [flags.role],
    slots: flags.jobs ?? settings.jobs,
    untilDrained: flags.drain ?? false,
    logger,
    onEvent: (event) => {
      metrics?.onEvent(event);
      view.show(event);
    },
    ...(flags.lease === undefined ? {} : { leaseMs: flags.lease }),
    ...(flags.heartbeat === undefined ? {} : { heartbeatMs: flags.heartbeat }),
    ...(flags.attemptTimeout === undefined ? {} : { attemptTimeoutMs: flags.attemptTimeout }),
    ...(flags.grace === undefined ? {} : { graceMs: flags.grace }),
  });
  metrics?.watchWorker(worker);
  await using http = flags.http && (await serveHealth(flags.http, { worker, metrics, logger }));
  logger.info("worker starts", {
    store: session.storeDescription,
    ...(http === undefined ? {} : { http: http.url }),
  });
  const restore = onSignals(worker, context, logger);
  try {
    await worker.run();
  } finally {
    view.close();
    restore();
  }
  if (flags.drain === true) view.assertAllDone();
}

/** With hardly a heartbeat a lease, one slow answer gives a running job to somebody else. */
function refuseShortLease({ lease = 120_000, heartbeat = 30_000 }: Flags): void {
  if (lease >= 2 * heartbeat) return;
  throw new CliError(
    "ERR_ROBOFLOW_CLI_USAGE",
    `a lease of ${lease / 1000} s is too short for a heartbeat every ${heartbeat / 1000} s: running jobs would be lost`,
    { hint: "give --lease and --heartbeat together, the heartbeat a quarter of the lease" },
  );
}

type Measured = Pick<Session, "client" | "queue"> & { readonly metrics: Metrics | undefined };

/** The session's store, with its calls measured if somebody can ask for it. */
async function measured(session: Session, { http, role }: Flags): Promise<Measured> {
  const { client, queue } = session;
  if (http === undefined) return { client, queue, metrics: undefined };
  const metrics = await createMetrics();
  const store = observeStore(client.store, metrics.onStoreCall);
  const observed = new JobQueue(store, { admins: queue.admins });
  // Of all the store: enough if the few tell it that look after all.
  if (role !== "worker") metrics.watchQueue(observed);
  return { client: new TikvClient(store), queue: observed, metrics };
}

function serveHealth(
  { host, port }: HttpAddress,
  options: { worker: Worker; metrics: Metrics | undefined; logger: Logger },
): Promise<HealthServer> {
  const { worker, metrics, logger } = options;
  return startHealthServer({
    port,
    worker,
    logger,
    ...(host === undefined ? {} : { host }),
    ...(metrics === undefined ? {} : { metrics }),
  });
}

/** The first signal drains, the second stops at once. */
function onSignals(worker: Worker, { signal }: CliContext, logger: Logger): () => void {
  const stop = (): void => {
    logger.info("stopping now");
    void worker.stop();
  };
  const drain = (): void => {
    logger.info("draining: running jobs finish or go back to the queue; again to stop now");
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    void worker.drain();
  };
  signal.addEventListener("abort", drain, { once: true });
  return () => {
    signal.removeEventListener("abort", drain);
    process.removeListener("SIGINT", stop);
    process.removeListener("SIGTERM", stop);
  };
}

/** Beside this module's package root: TypeScript when run from source, JavaScript when installed. */
function childModule(): string {
  return import.meta.url.endsWith(".ts") ? "../child.ts" : "../child.js";
}
