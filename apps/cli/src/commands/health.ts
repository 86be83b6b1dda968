import { Command } from "commander";
import type { CliContext } from "../context.js";
import { printJson } from "../io/json.js";
import { table } from "../io/table.js";
import { openSession } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow health
  $ roboflow health --json | jq .jobs.Pending`;

export function healthCommand(context: CliContext): Command {
  return new Command("health")
    .description("show the store, its workers and what waits")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (_options, command: Command) => health(command.optsWithGlobals(), context));
}

async function health(flags: Flags, context: CliContext): Promise<void> {
  const { terminal } = context;
  await using session = await openSession(flags, context);
  const [jobs, workers, now] = await Promise.all([
    session.queue.stats(),
    session.queue.listWorkers(),
    session.client.store.now(),
  ]);
  const seen = workers.map((worker) => ({
    ...worker,
    /** Longer ago than its lease: it is taken for dead. */
    silent: worker.status !== "Dead" && now - worker.heartbeatAt > worker.leaseMs,
  }));
  if (flags.json === true) {
    printJson(terminal, { store: session.client.store.url, jobs, workers: seen });
    return;
  }
  terminal.data(`store ${session.storeDescription}`);
  for (const line of table(["status", "jobs"], Object.entries(jobs))) terminal.data(line);
  const alive = seen.filter(({ status }) => status !== "Dead");
  if (alive.length === 0) {
    terminal.data("no workers");
    return;
  }
  const rows = alive.map((worker) => [
    worker.id,
    `${worker.host}:${worker.pid}`,
    worker.silent ? "silent" : worker.status,
    worker.slots,
    `${Math.round((now - worker.heartbeatAt) / 1000)} s ago`,
  ]);
  for (const line of table(["worker", "host:pid", "status", "slots", "heartbeat"], rows))
    terminal.data(line);
}
