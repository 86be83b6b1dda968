import { findOutputBatch, reserveOutput } from "@roboflow/dataset";
import { loadConfig, loadOrStoreConfig } from "@roboflow/distributed";
import { createStorage, type Storage } from "@roboflow/storage";
import { Command } from "commander";
import { resolve } from "node:path";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { directoryUrl } from "../input/directory-url.js";
import { JobSpool } from "../input/job-spool.js";
import { instant, integer } from "../input/numbers.js";
import { planJobs, type JobFlags } from "../input/plan-jobs.js";
import { refuseLocalPath } from "../input/shared-path.js";
import { formatCount } from "../io/format.js";
import { JsonObjectWriter } from "../io/json-object-writer.js";
import { SubmitTally } from "../io/submit-tally.js";
import { chooseStore, openSession, openSettings } from "../session.js";
import type { SettingFlags } from "../settings/settings.js";
import { assertPublished, watchBatch } from "../watch/watch-batch.js";

interface Flags extends SettingFlags, JobFlags {
  readonly config: string;
  readonly output: string;
  readonly batch?: string;
  readonly seal: boolean;
  readonly maxRunning?: number;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow submit run1.mcap run2.mcap --config robot.toml --output dataset
  $ roboflow submit 'runs/*.mcap' --config robot.toml --output dataset --task "pick the cube" --wait
  $ roboflow submit 's3://robots/runs/*.mcap' --config robot.toml --output s3://datasets/pick
  $ roboflow submit --manifest jobs.json --config robot.toml --output dataset
  $ roboflow submit 'runs/*.mcap' --config robot.toml --output dataset --run-at 2026-01-31T22:00 --max-running 8
  $ roboflow submit new/*.mcap --config robot.toml --output dataset --batch ID --no-seal

A manifest is JSON: [{"source": "run1.mcap", "task": "pick the cube", "ordinal": 0, "priority": 50}, …],
or one such object a line. Episodes stand in the dataset in the order given here, or by ordinal.
The same command again goes on where a broken one stopped.`;

export function submitCommand(context: CliContext): Command {
  return new Command("submit")
    .description("queue recordings as one batch, which becomes one dataset")
    .argument("[files...]", "recordings: paths, URLs or quoted patterns")
    .requiredOption("--config <file>", "dataset config (TOML)")
    .requiredOption("--output <dir>", "directory of the dataset: a path or URL")
    .option("--task <text>", "language instruction of all these recordings")
    .option(
      "--manifest <file>",
      "list of recordings with task, ordinal and priority of each, as JSON or JSON Lines",
    )
    .option("--batch <id>", "add to this batch, opened with --no-seal")
    .option("--no-seal", "leave the batch open for more; `batches seal` closes it")
    .option(
      "--priority <n>",
      "0 to 99, higher is converted first (default 50)",
      integer({ min: 0, max: 99 }),
    )
    .option("--run-at <time>", "not before then, e.g. 2026-01-31T22:00", instant)
    .option(
      "--max-running <n>",
      "jobs of this batch at once in the whole fleet (default: any number)",
      integer({ min: 1, max: 1_000_000 }),
    )
    .option(
      "--max-attempts <n>",
      "attempts before a job is dead (default 3)",
      integer({ min: 1, max: 100 }),
    )
    .option("--shared-path", "every worker sees the paths of this machine")
    .option("--force", "convert again what has been submitted before")
    .option("--strict", "fail on truncated recordings")
    .option("--salvage", "keep the intact part of damaged recordings")
    .option("--dry-run", "check everything, store and queue nothing")
    .option("--wait", "stay until the dataset is published")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (files: string[], _options, command: Command) => {
      await submit(files, command.optsWithGlobals(), context);
    });
}

async function submit(files: readonly string[], flags: Flags, context: CliContext): Promise<void> {
  if (flags.wait === true && !flags.seal) {
    throw new CliError("ERR_ROBOFLOW_CLI_USAGE", "--wait and --no-seal exclude each other", {
      hint: "an open batch is not published: seal it, then use `roboflow batches watch`",
    });
  }
  const { terminal, cwd, signal } = context;
  const configPath = resolve(cwd, flags.config);
  // The config is checked first: an invalid one stores nothing and submits nothing.
  const { config } = await loadConfig({ path: configPath });
  for (const warning of config.warnings) terminal.message(`warning: ${flags.config}: ${warning}`);

  const { settings, logger } = await openSettings(flags, context);
  const { url: storeUrl } = await chooseStore(settings, context);
  const reach = { storeUrl, sharedPath: settings.sharedPath };
  const output = directoryUrl(flags.output, cwd);
  refuseLocalPath(output, "output", reach);
  await using storage = createStorage({ logger });
  // Checked to its end first: nothing is stored if any recording can't be had.
  await using spool = await JobSpool.create();
  const found = { cwd, storage, signal };
  for await (const job of planJobs(files, flags, { ...found, ...reach })) await spool.add(job);

  const plan = { spool, output, configPath, storage };
  if (flags.dryRun !== true) {
    await queue(plan, flags, context);
    return;
  }
  await findOutputBatch(storage, output, storeUrl, { signal });
  await showPlan({ ...plan, configHash: config.hash }, flags, context);
}

interface Plan {
  readonly spool: JobSpool;
  readonly output: string;
  readonly configPath: string;
  readonly storage: Storage;
}

async function showPlan(
  { spool, output, configHash }: Plan & { readonly configHash: string },
  flags: Flags,
  { terminal }: CliContext,
): Promise<void> {
  if (flags.json !== true) {
    terminal.data(
      `would queue ${formatCount(spool.count, "job")} for ${output} with config ${configHash}`,
    );
    return;
  }
  const json = new JsonObjectWriter(terminal, "jobs", { configHash, output });
  for await (const { source, task } of spool.jobs()) json.item({ source, task });
  json.end({});
}

async function queue(plan: Plan, flags: Flags, context: CliContext): Promise<void> {
  const { terminal, signal } = context;
  const { spool, output, configPath, storage } = plan;
  await using session = await openSession(flags, context, "fill");
  const { client, actor } = session;
  const store = { storeUrl: client.store.url, storeId: await client.storeId() };
  // Publishing would refuse an output that holds something else, after all the work.
  const outputBatchId = await findOutputBatch(storage, output, store, { signal });
  const stored = await loadOrStoreConfig({ path: configPath, client });
  const tally = new SubmitTally();
  const about = { configHash: stored.hash, output, store: client.store.url };
  const json = flags.json === true ? new JsonObjectWriter(terminal, "jobs", about) : undefined;
  const result = await session.queue.submit({
    output,
    configHash: stored.hash,
    annotationHash: stored.annotationHash,
    submittedBy: actor,
    jobs: () => spool.jobs(),
    seal: flags.seal,
    force: flags.force ?? false,
    ...(flags.maxRunning === undefined ? {} : { maxRunning: flags.maxRunning }),
    ...(flags.batch === undefined ? {} : { batchId: flags.batch }),
    ...(outputBatchId === undefined ? {} : { outputBatchId }),
    // A second fleet with this output is to be refused when it submits.
    reserve: (batchId) => reserveOutput(storage, output, { ...store, batchId }, { signal }),
    onSubmitted: (jobs) => {
      for (const job of jobs) {
        tally.add(job);
        json?.item(job);
      }
    },
    signal,
  });
  const batchId = result.batchId ?? tally.firstBatchId;
  if (json !== undefined) json.end({ batchId, counts: tally.counts });
  else {
    terminal.data(`batch ${batchId ?? "(none)"}: ${tally.describe()}`);
    terminal.message(`store ${session.storeDescription}`);
    if (flags.wait !== true) terminal.message(tally.whatNext(batchId));
  }
  if (flags.wait !== true || batchId === undefined) return;
  assertPublished(
    await watchBatch(session.queue, batchId, { terminal, signal }),
    terminal,
    flags.json === true,
  );
}
