import type { BatchRecord, JobCounts, LimitRecord } from "@roboflow/distributed";
import { Command } from "commander";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { integer } from "../input/numbers.js";
import { describeBatch } from "../io/describe-batch.js";
import { formatCount } from "../io/format.js";
import { printJson } from "../io/json.js";
import { table } from "../io/table.js";
import { openSession, type Session } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { assertPublished, describeState, watchBatch } from "../watch/watch-batch.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
}

interface ListFlags extends Flags {
  readonly limit: number;
  readonly cursor?: string;
}

const HELP = `
Examples:
  $ roboflow batches list
  $ roboflow batches watch 0199…
  $ roboflow batches retry 0199…                     # failed, dead and cancelled jobs again
  $ roboflow batches finalize 0199… --allow-partial  # publish without them
  $ roboflow batches limit 0199… --max-running 8     # at most 8 of its jobs at once`;

export function batchesCommand(context: CliContext): Command {
  const batches = new Command("batches")
    .description("look after batches: one becomes one dataset")
    .addHelpText("after", HELP);
  batches
    .command("list")
    .description("list batches, the newest first")
    .option("--limit <n>", "at most so many", integer({ min: 1, max: 10_000 }), 100)
    .option("--cursor <cursor>", "go on after the page before")
    .option("--json", "print one JSON object")
    .action(async (_options, command: Command) => list(command.optsWithGlobals(), context));
  addOne(batches, context, "get", "show a batch and its jobs by status", (session, id) =>
    session.queue.getBatch(id),
  );
  batches
    .command("watch")
    .description("follow a batch until its dataset is published")
    .argument("<id>")
    .option("--json", "print the finished batch as one JSON object")
    .action(async (id: string, _options, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      await using session = await openSession(flags, context);
      const view = await watchBatch(session.queue, id, context);
      if (flags.json === true) printJson(context.terminal, { ...view.batch, jobs: view.counts });
      assertPublished(view, context.terminal, flags.json === true);
    });
  addOne(
    batches,
    context,
    "seal",
    "close an open batch: no more recordings join it",
    (session, id) => session.queue.sealBatch(id, session.actor),
  );
  addOne(batches, context, "cancel", "cancel a batch and all its jobs", (session, id) =>
    session.queue.cancelBatch(id, session.actor),
  );
  addOne(
    batches,
    context,
    "retry",
    "convert its failed, dead and cancelled jobs again",
    async (session, id) => {
      const count = await session.queue.retryBatch(id, session.actor);
      context.terminal.message(
        `${formatCount(count, "job")} ${count === 1 ? "is" : "are"} queued again`,
      );
      return session.queue.getBatch(id);
    },
  );
  addOne(
    batches,
    context,
    "pause",
    "start none of its jobs any more; what runs goes on",
    async (session, id) => {
      await session.queue.pauseBatch(id, session.actor);
      return session.queue.getBatch(id);
    },
  );
  addOne(batches, context, "resume", "let a paused batch go on", async (session, id) => {
    await session.queue.resumeBatch(id, session.actor);
    return session.queue.getBatch(id);
  });
  addOne(
    batches,
    context,
    "limit",
    "let at most so many of its jobs run at once in the whole fleet",
    async (session, id, { maxRunning }) => {
      await session.queue.setLimit(id, maxRunning ?? null, session.actor);
      return session.queue.getBatch(id);
    },
  )
    .option("--max-running <n>", "jobs at once", integer({ min: 1, max: 1_000_000 }))
    .option("--none", "as many as there are workers")
    .hook("preAction", (_batches, command) => {
      const { maxRunning, none }: OneFlags = command.opts();
      if ((maxRunning === undefined) === (none === undefined))
        throw new CliError("ERR_ROBOFLOW_CLI_USAGE", "give either --max-running N or --none");
    });
  addOne(
    batches,
    context,
    "finalize",
    "let a batch that waits or has failed be published",
    (session, id, { allowPartial }) =>
      session.queue.finalizeBatch(id, {
        allowPartial: allowPartial ?? false,
        actor: session.actor,
      }),
  ).option("--allow-partial", "leave out jobs that failed, died or were cancelled");
  return batches;
}

interface OneFlags extends Flags {
  readonly allowPartial?: boolean;
  readonly maxRunning?: number;
  readonly none?: boolean;
}

/** A subcommand that does something with one batch and shows it. */
function addOne(
  batches: Command,
  context: CliContext,
  name: string,
  description: string,
  run: (session: Session, id: string, flags: OneFlags) => Promise<BatchRecord>,
): Command {
  return batches
    .command(name)
    .description(description)
    .argument("<id>")
    .option("--json", "print one JSON object")
    .action(async (id: string, _options, command: Command) => {
      const flags: OneFlags = command.optsWithGlobals();
      await using session = await openSession(flags, context);
      const batch = await run(session, id, flags);
      const [counts, limit] = await Promise.all([
        session.queue.batchStats(id),
        session.queue.getLimit(id),
      ]);
      show({ batch, counts, limit }, flags, context);
    });
}

interface Shown {
  readonly batch: BatchRecord;
  readonly counts: JobCounts;
  readonly limit: LimitRecord | undefined;
}

function show({ batch, counts, limit }: Shown, flags: Flags, { terminal }: CliContext): void {
  if (flags.json === true) {
    const { maxRunning = null, paused = null } = limit ?? {};
    printJson(terminal, { ...batch, jobs: counts, maxRunning, paused });
  } else for (const line of describeBatch(batch, counts, limit)) terminal.data(line);
}

async function list(flags: ListFlags, context: CliContext): Promise<void> {
  const { terminal } = context;
  await using session = await openSession(flags, context);
  const { limit, cursor } = flags;
  const page = await session.queue.listBatches({
    limit,
    newestFirst: true,
    ...(cursor === undefined ? {} : { cursor }),
  });
  if (flags.json === true) {
    printJson(terminal, { batches: page.batches, cursor: page.cursor ?? null });
    return;
  }
  const rows = page.batches.map((batch) => [
    batch.id,
    describeState(batch),
    batch.jobCount,
    batch.output,
  ]);
  for (const line of table(["batch", "status", "jobs", "output"], rows)) terminal.data(line);
  if (page.cursor !== undefined) terminal.message(`more: --cursor ${page.cursor}`);
}
