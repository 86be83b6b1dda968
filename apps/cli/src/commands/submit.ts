import { silentLogger } from "@roboflow/core";
import { findOutputBatch } from "@roboflow/dataset";
import {
  loadConfig,
  loadOrStoreConfig,
  type NewJob,
  type SubmitResult,
} from "@roboflow/distributed";
import { createStorage, toUrl } from "@roboflow/storage";
import { Command } from "commander";
import { resolve } from "node:path";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { directoryUrl } from "../input/directory-url.js";
import { findRecordings } from "../input/find-recordings.js";
import { integer } from "../input/numbers.js";
import { statSources } from "../input/stat-sources.js";
import { readSubmissionManifest, type PlannedJob } from "../input/submission-manifest.js";
import { formatCount } from "../io/format.js";
import { printJson } from "../io/json.js";
import { chooseStore, openSession, openSettings } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { assertPublished, watchBatch } from "../watch/watch-batch.js";

interface Flags extends GlobalFlags {
  readonly config: string;
  readonly output: string;
  readonly task?: string;
  readonly manifest?: string;
  readonly batch?: string;
  readonly seal: boolean;
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly force?: boolean;
  readonly strict?: boolean;
  readonly salvage?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow submit run1.mcap run2.mcap --config robot.toml --output dataset
  $ roboflow submit 'runs/*.mcap' --config robot.toml --output dataset --task "pick the cube" --wait
  $ roboflow submit --manifest jobs.json --config robot.toml --output dataset
  $ roboflow submit new/*.mcap --config robot.toml --output dataset --batch ID --no-seal

A manifest is JSON: [{"source": "run1.mcap", "task": "pick the cube", "ordinal": 0, "priority": 50}, …]
Episodes stand in the dataset in the order given here, or by ordinal.`;

export function submitCommand(context: CliContext): Command {
  return new Command("submit")
    .description("queue recordings as one batch, which becomes one dataset")
    .argument("[files...]", "recordings: paths, URLs or quoted patterns")
    .requiredOption("--config <file>", "dataset config (TOML)")
    .requiredOption("--output <dir>", "directory of the dataset")
    .option("--task <text>", "language instruction of all these recordings")
    .option("--manifest <file>", "JSON list of recordings with task, ordinal and priority of each")
    .option("--batch <id>", "add to this batch, opened with --no-seal")
    .option("--no-seal", "leave the batch open for more; `batches seal` closes it")
    .option(
      "--priority <n>",
      "0 to 99, higher is converted first (default 50)",
      integer({ min: 0, max: 99 }),
    )
    .option(
      "--max-attempts <n>",
      "attempts before a job is dead (default 3)",
      integer({ min: 1, max: 100 }),
    )
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
  const jobs = await planJobs(files, flags, context);
  const output = directoryUrl(flags.output, cwd);
  // Publishing would refuse an output that holds something else, after all the work.
  const outputBatchId = await batchAt(output, flags, context);

  if (flags.dryRun === true) {
    const plan = {
      configHash: config.hash,
      output,
      jobs: jobs.map(({ source, task }) => ({ source, task })),
    };
    if (flags.json === true) printJson(terminal, plan);
    else
      terminal.data(
        `would queue ${formatCount(jobs.length, "job")} for ${output} with config ${config.hash}`,
      );
    return;
  }

  await using session = await openSession(flags, context, "fill");
  const stored = await loadOrStoreConfig({ path: configPath, client: session.client });
  const result = await session.queue.submit({
    output,
    configHash: stored.hash,
    annotationHash: stored.annotationHash,
    submittedBy: session.actor,
    jobs,
    seal: flags.seal,
    force: flags.force ?? false,
    ...(flags.batch === undefined ? {} : { batchId: flags.batch }),
    ...(outputBatchId === undefined ? {} : { outputBatchId }),
    signal,
  });
  const batchId = result.batchId ?? result.jobs[0]?.batchId;
  if (flags.json === true) {
    printJson(terminal, {
      batchId,
      configHash: stored.hash,
      output,
      store: session.client.store.url,
      jobs: result.jobs,
    });
  } else {
    terminal.data(`batch ${batchId ?? "(none)"}: ${describe(result)}`);
    terminal.message(`store ${session.storeDescription}`);
    if (flags.wait !== true) terminal.message(whatNext(result, batchId));
  }
  if (flags.wait !== true || batchId === undefined) return;
  assertPublished(
    await watchBatch(session.queue, batchId, { terminal, signal }),
    terminal,
    flags.json === true,
  );
}

/** The batch of the chosen store whose dataset is there already. */
async function batchAt(
  output: string,
  flags: Flags,
  context: CliContext,
): Promise<string | undefined> {
  const { settings } = await openSettings(flags, context);
  const { url } = await chooseStore(settings, context);
  await using storage = createStorage({ logger: silentLogger });
  return findOutputBatch(storage, output, url, { signal: context.signal });
}

async function planJobs(
  files: readonly string[],
  flags: Flags,
  context: CliContext,
): Promise<NewJob[]> {
  const { cwd, signal } = context;
  const listed =
    flags.manifest === undefined ? [] : await readSubmissionManifest(resolve(cwd, flags.manifest));
  const named: PlannedJob[] = (files.length === 0 ? [] : await findRecordings(files, cwd)).map(
    (source) => ({
      source,
      task: undefined,
      ordinal: undefined,
      priority: undefined,
    }),
  );
  const planned = [...named, ...listed];
  if (planned.length === 0) {
    throw new CliError("ERR_ROBOFLOW_CLI_USAGE", "no recordings given", {
      hint: "name files or patterns, or use --manifest",
    });
  }
  await using storage = createStorage({ logger: silentLogger });
  const sources = await statSources(
    storage,
    planned.map(({ source }) => toUrl(source, cwd)),
    signal,
  );
  return planned.flatMap(({ task, ordinal, priority }, index) => {
    const source = sources[index];
    if (source === undefined) return [];
    const chosen = priority ?? flags.priority;
    return {
      source,
      task: task ?? flags.task ?? null,
      ...(ordinal === undefined ? {} : { ordinal }),
      ...(chosen === undefined ? {} : { priority: chosen }),
      ...(flags.maxAttempts === undefined ? {} : { maxAttempts: flags.maxAttempts }),
      options: { strict: flags.strict ?? false, salvage: flags.salvage ?? false },
    };
  });
}

function describe({ jobs }: SubmitResult): string {
  const created = jobs.filter((job) => job.created).length;
  const known = jobs.filter((job) => !job.created);
  if (known.length === 0) return `${formatCount(created, "job")} queued`;
  const statuses = [...new Set(known.map(({ status }) => status))].map(
    (status) => `${known.filter((job) => job.status === status).length} ${status.toLowerCase()}`,
  );
  return `${formatCount(created, "job")} queued, ${known.length} submitted before (${statuses.join(", ")})`;
}

/** The command that brings this submission forward. */
function whatNext({ jobs }: SubmitResult, batchId: string | undefined): string {
  if (jobs.some(({ status }) => status === "Pending" || status === "Processing")) {
    return "workers convert it: roboflow worker --drain";
  }
  if (jobs.some(({ status }) => status !== "Completed")) {
    return `to convert again what failed: roboflow batches retry ${batchId ?? ""}`;
  }
  return "all of it is converted; --force with another output converts it again";
}
