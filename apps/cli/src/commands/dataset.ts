import { datasetInfo, verifyDataset, type Problem } from "@roboflow/dataset";
import { Command } from "commander";
import { isLocalUrl, toPath, toUrl } from "@roboflow/storage";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { formatBytes, formatCount, formatDuration } from "../io/format.js";
import { printJson } from "../io/json.js";
import { FrameRate, progressLine } from "../io/progress.js";
import { table } from "../io/table.js";
import { openSettings } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { LiveLines } from "../watch/live-lines.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
  readonly decode?: boolean;
}

const HELP = `
Examples:
  $ roboflow dataset info dataset
  $ roboflow dataset verify dataset --json
  $ roboflow dataset verify s3://bucket/dataset`;

export function datasetCommand(context: CliContext): Command {
  const dataset = new Command("dataset")
    .description("look into LeRobot datasets")
    .addHelpText("after", HELP);
  dataset
    .command("info")
    .description("show episodes, frames, features and tasks")
    .argument("<dir>", "path or URL of the directory that holds meta/, data/ and videos/")
    .option("--json", "print one JSON object")
    .action(async (directory: string, _options, command: Command) => {
      await info(placeOf(directory, context.cwd), command.optsWithGlobals(), context);
    });
  dataset
    .command("verify")
    .description("check files, counts, offsets, statistics, and that every frame decodes")
    .argument("<dir>", "path or URL of the directory that holds meta/, data/ and videos/")
    .option("--no-decode", "skip decoding frames")
    .option("--json", "print one JSON object")
    .action(async (directory: string, _options, command: Command) => {
      await verify(placeOf(directory, context.cwd), command.optsWithGlobals(), context);
    });
  return dataset;
}

/** What messages call the directory: a local path, or its URL. */
function placeOf(pathOrUrl: string, cwd: string): string {
  const url = toUrl(pathOrUrl, cwd);
  return isLocalUrl(url) ? toPath(url).replace(/(?<=.)\/$/, "") : url;
}

async function info(directory: string, flags: Flags, context: CliContext): Promise<void> {
  const { terminal, signal } = context;
  const { logger } = await openSettings(flags, context);
  const summary = await datasetInfo(directory, { signal, logger });
  if (flags.json === true) {
    printJson(terminal, summary);
    return;
  }
  const bytes = summary.data.bytes + summary.videos.bytes + summary.meta.bytes;
  terminal.data(`${directory}: LeRobot ${summary.version}, robot ${summary.robotType ?? "(none)"}`);
  terminal.data(
    `${formatCount(summary.episodes, "episode")}, ${summary.frames} frames at ${summary.fps} fps (${formatDuration(summary.seconds)}), ${formatBytes(bytes)}`,
  );
  const rows = Object.entries(summary.features).map(([name, { dtype, shape }]) => [
    name,
    dtype,
    shape.join("x"),
  ]);
  for (const line of table(["feature", "dtype", "shape"], rows)) terminal.data(line);
  for (const task of summary.tasks) terminal.data(`task: ${task}`);
}

/** @throws CliError `ERR_ROBOFLOW_CLI_PARTIAL` if any error was found */
async function verify(directory: string, flags: Flags, context: CliContext): Promise<void> {
  const { terminal, signal } = context;
  const { settings, logger } = await openSettings(flags, context);
  const rate = new FrameRate();
  const live = new LiveLines(terminal);
  const problems = await verifyDataset(directory, {
    decode: flags.decode ?? true,
    signal,
    logger,
    ...(settings.scratch === undefined ? {} : { scratchDir: settings.scratch }),
    onProgress: ({ framesDone, framesTotal }) =>
      live.show(() => [
        progressLine({
          name: "verify",
          done: framesDone,
          total: framesTotal,
          perSecond: rate.of("verify", framesDone),
          columns: terminal.columns,
        }),
      ]),
  });
  live.clear();
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (flags.json === true) printJson(terminal, { ok: errors === 0, problems });
  else for (const problem of problems) terminal.data(describe(problem));
  if (errors > 0) throw new CliError("ERR_ROBOFLOW_CLI_PARTIAL", `${directory}: ${errors} errors`);
  if (flags.json !== true) terminal.data(`${directory}: ok`);
}

function describe({ severity, code, episode, feature, frame, file, message }: Problem): string {
  const where = [
    ...(file === undefined ? [] : [file]),
    ...(episode === undefined ? [] : [`episode ${episode}`]),
    ...(feature === undefined ? [] : [feature]),
    ...(frame === undefined ? [] : [`frame ${frame}`]),
  ].join(", ");
  return `${severity} ${code}${where === "" ? "" : ` (${where})`}: ${message}`;
}
