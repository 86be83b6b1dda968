import { RoboflowError } from "@roboflow/core";
import {
  WORKER_ROLES,
  type Backlog,
  type JobCounts,
  type WorkerRecord,
} from "@roboflow/distributed";
import { Command } from "commander";
import type { CliContext } from "../context.js";
import { formatDuration } from "../io/format.js";
import { printJson } from "../io/json.js";
import { table } from "../io/table.js";
import { chooseStore, openSession, openSettings, type Session } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow health
  $ roboflow health --json | jq .backlog.ready

Exit code 6 if the store is away. Of one worker: its --http address serves /health.`;

export function healthCommand(context: CliContext): Command {
  return new Command("health")
    .description("show whether the store is there, its workers and what waits")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (_options, command: Command) => health(command.optsWithGlobals(), context));
}

type SeenWorker = WorkerRecord & {
  /** Its last heartbeat is longer ago than its lease: its jobs may be taken. */
  readonly silent: boolean;
  readonly heartbeatAgoMs: number;
};

interface Fleet {
  readonly jobs: JobCounts;
  readonly backlog: Backlog;
  readonly paused: { readonly by: string; readonly at: number } | null;
  readonly workers: readonly SeenWorker[];
}

async function health(flags: Flags, context: CliContext): Promise<void> {
  const { terminal } = context;
  try {
    await using session = await openSession(flags, context);
    const fleet = await look(session);
    if (flags.json === true) {
      printJson(terminal, { store: session.client.store.url, state: "reachable", ...fleet });
    } else show(fleet, session.storeDescription, context);
  } catch (error) {
    if (flags.json === true && isAway(error)) {
      const { settings } = await openSettings(flags, context);
      const { url } = await chooseStore(settings, context);
      const { code, message } = error;
      printJson(terminal, { store: url, state: "away", error: { code, message } });
    }
    throw error;
  }
}

function isAway(error: unknown): error is RoboflowError {
  return (
    error instanceof RoboflowError &&
    error.permanence === "transient" &&
    error.code === "ERR_ROBOFLOW_STORE_UNAVAILABLE"
  );
}

async function look({ queue, client }: Session): Promise<Fleet> {
  const [jobs, backlog, pause, workers, now] = await Promise.all([
    queue.stats(),
    queue.backlog(),
    queue.pause(),
    queue.listWorkers(),
    client.store.now(),
  ]);
  const seen = workers.map((worker) => {
    const heartbeatAgoMs = Math.max(0, now - worker.heartbeatAt);
    const silent = worker.status !== "Dead" && heartbeatAgoMs > worker.leaseMs;
    return { ...worker, silent, heartbeatAgoMs };
  });
  return { jobs, backlog, paused: pause ?? null, workers: seen };
}

function show(fleet: Fleet, store: string, { terminal }: CliContext): void {
  const { jobs, backlog, paused, workers } = fleet;
  terminal.data(`store ${store}`);
  if (paused !== null) {
    const since = new Date(paused.at).toISOString();
    terminal.data(`paused since ${since} by ${paused.by}: roboflow jobs resume`);
  }
  for (const line of table(["status", "jobs"], Object.entries(jobs))) terminal.data(line);
  const { ready, delayed, waiting } = backlog;
  terminal.data(`${ready} ready, ${delayed} delayed, ${waiting} held back by a limit or pause`);
  const alive = workers.filter(({ status }) => status !== "Dead");
  if (alive.length === 0) terminal.data("no workers");
  else {
    const rows = alive.map((worker) => [
      worker.id,
      `${worker.host}:${worker.pid}`,
      worker.silent ? "silent" : worker.status,
      (worker.roles ?? WORKER_ROLES).join("+"),
      worker.slots,
      `${formatDuration(worker.heartbeatAgoMs / 1000)} ago`,
    ]);
    const header = ["worker", "host:pid", "status", "roles", "slots", "heartbeat"];
    for (const line of table(header, rows)) terminal.data(line);
  }
}
