import { JOB_STATUSES, type JobRecord, type JobStatus } from "@roboflow/distributed";
import { Command, Option } from "commander";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { integer } from "../input/numbers.js";
import { describeJob, waitsFor } from "../io/describe-job.js";
import { printJson } from "../io/json.js";
import { table } from "../io/table.js";
import { openSession } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { watchJob } from "../watch/watch-job.js";
import { addChange } from "./change-jobs.js";
import { addPause } from "./pause-jobs.js";
import { addPruneJobs } from "./prune.js";
import { addRetry } from "./retry-jobs.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
}

interface ListFlags extends Flags {
  readonly status?: JobStatus;
  readonly batch?: string;
  readonly limit: number;
  readonly cursor?: string;
}

const HELP = `
Examples:
  $ roboflow jobs list --status Failed
  $ roboflow jobs get 0199… --json
  $ roboflow jobs retry 0199… 0199…
  $ roboflow jobs list --status Dead
  $ roboflow jobs retry --all-dead
  $ roboflow jobs pause
  $ roboflow jobs prune --older-than 30d --dry-run`;

export function jobsCommand(context: CliContext): Command {
  const jobs = new Command("jobs").description("look after jobs").addHelpText("after", HELP);
  jobs
    .command("list")
    .description("list jobs, the oldest first")
    .addOption(new Option("--status <status>", "only these").choices([...JOB_STATUSES]))
    .option("--batch <id>", "only this batch, in the order of its dataset")
    .option("--limit <n>", "at most so many", integer({ min: 1, max: 10_000 }), 100)
    .option("--cursor <cursor>", "go on after the page before")
    .option("--json", "print one JSON object")
    .action(async (_options, command: Command) => list(command.optsWithGlobals(), context));
  jobs
    .command("get")
    .description("show a job with its attempts and what became of each topic's messages")
    .argument("<id>")
    .option("--json", "print one JSON object")
    .action(async (id: string, _options, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      await using session = await openSession(flags, context);
      show(await session.queue.getJob(id), flags, context);
    });
  jobs
    .command("watch")
    .description("follow a job until it is decided")
    .argument("<id>")
    .option("--json", "print the finished job as one JSON object")
    .action(async (id: string, _options, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      await using session = await openSession(flags, context);
      const job = await watchJob(session.queue, id, context);
      show(job, flags, context);
      if (job.status !== "Completed") {
        throw new CliError("ERR_ROBOFLOW_CLI_PARTIAL", `job ${id} is ${job.status}`);
      }
    });
  addChange(jobs, context, "cancel", "cancel jobs, pending or running", (queue, id, actor) =>
    queue.cancelJob(id, actor),
  );
  addRetry(jobs, context);
  addChange(jobs, context, "delete", "remove jobs for good", async (queue, id, actor) => {
    await queue.deleteJob(id, actor);
    return undefined;
  });
  addPause(jobs, context);
  addPruneJobs(jobs, context);
  jobs
    .command("stats")
    .description("count jobs by status")
    .option("--json", "print one JSON object")
    .action(async (_options, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      await using session = await openSession(flags, context);
      const counts = await session.queue.stats();
      if (flags.json === true) printJson(context.terminal, counts);
      else
        for (const line of table(["status", "jobs"], Object.entries(counts)))
          context.terminal.data(line);
    });
  return jobs;
}

function show(job: JobRecord, flags: Flags, { terminal }: CliContext): void {
  if (flags.json === true) printJson(terminal, job);
  else for (const line of describeJob(job)) terminal.data(line);
}

/** What came of a job in a few words, or what it waits for. */
function outcome(job: JobRecord): string {
  if ("error" in job) return job.error.code;
  if ("result" in job) return `${job.result.frames} frames`;
  return waitsFor(job) ?? "";
}

async function list(flags: ListFlags, context: CliContext): Promise<void> {
  const { terminal } = context;
  await using session = await openSession(flags, context);
  const { status, batch, limit, cursor } = flags;
  const page = await session.queue.listJobs({
    limit,
    ...(status === undefined ? {} : { status }),
    ...(batch === undefined ? {} : { batchId: batch }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  for (const { jobId, error } of page.unreadable)
    terminal.message(`warning: job ${jobId}: ${error.message}`);
  if (flags.json === true) {
    printJson(terminal, { jobs: page.jobs, cursor: page.cursor ?? null });
    return;
  }
  const rows = page.jobs.map((job) => [
    job.id,
    job.status,
    job.attempts.length,
    outcome(job),
    job.source.url,
  ]);
  for (const line of table(["job", "status", "attempts", "outcome", "recording"], rows))
    terminal.data(line);
  if (page.cursor !== undefined) terminal.message(`more: --cursor ${page.cursor}`);
}
