import { sha256Hex } from "@roboflow/core";
import { assembleArtifacts, checkOutput, convertSource, publishArtifacts } from "@roboflow/dataset";
import { loadConfig } from "@roboflow/distributed";
import { createStorage, joinUrl, toUrl } from "@roboflow/storage";
import { Command } from "commander";
import { resolve } from "node:path";
import type { CliContext } from "../context.js";
import { directoryUrl } from "../input/directory-url.js";
import { statSource } from "../input/stat-sources.js";
import { formatCount } from "../io/format.js";
import { printJson } from "../io/json.js";
import { FrameRate, progressLine } from "../io/progress.js";
import { openSettings } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { LiveLines } from "../watch/live-lines.js";

interface Flags extends GlobalFlags {
  readonly config: string;
  readonly output: string;
  readonly task?: string;
  readonly strict?: boolean;
  readonly salvage?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow convert run1.mcap --config robot.toml --output try
  $ roboflow convert run1.mcap --config robot.toml --output try --task "pick the cube" --json`;

export function convertCommand(context: CliContext): Command {
  return new Command("convert")
    .description("convert one recording here and now: the same conversion without a queue")
    .argument("<file>", "path or URL of the recording")
    .requiredOption("--config <file>", "dataset config (TOML)")
    .requiredOption("--output <dir>", "directory of the dataset: a path or URL")
    .option("--task <text>", "language instruction")
    .option("--strict", "fail on a truncated recording")
    .option("--salvage", "keep the intact part of a damaged recording")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (file: string, _options, command: Command) =>
      convert(file, command.optsWithGlobals(), context),
    );
}

async function convert(file: string, flags: Flags, context: CliContext): Promise<void> {
  const { terminal, cwd, signal } = context;
  const { logger, settings } = await openSettings(flags, context);
  const { config, annotation } = await loadConfig({ path: resolve(cwd, flags.config) });
  for (const warning of config.warnings) terminal.message(`warning: ${flags.config}: ${warning}`);
  const outputUrl = directoryUrl(flags.output, cwd);
  await using storage = createStorage({ logger });
  const source = await statSource(storage, toUrl(file, cwd), signal);
  // The same recording may be converted here again, another one may not.
  const batchId = `convert-${sha256Hex(source.url).slice(0, 32)}`;
  const owner = { storeUrl: "none:", batchId };
  const marker = await checkOutput(storage, outputUrl, owner, { signal });

  const workUrl = joinUrl(outputUrl, ".roboflow", batchId);
  await storage.removeTree(workUrl, { signal });
  const rate = new FrameRate();
  const live = new LiveLines(terminal);
  const pipeline = {
    signal,
    logger,
    storage,
    ...(settings.scratch === undefined ? {} : { scratchDir: settings.scratch }),
  };
  const progress = {
    onProgress: ({
      framesDone,
      framesTotal,
    }: {
      framesDone: number;
      framesTotal: number | undefined;
    }): void =>
      live.show(() => [
        progressLine({
          name: file,
          done: framesDone,
          total: framesTotal,
          perSecond: rate.of(file, framesDone),
          columns: terminal.columns,
        }),
      ]),
  };
  try {
    const artifactUrl = joinUrl(workUrl, "episode");
    const hashed = { hash: config.hash, content: config.content };
    const result = await convertSource(
      {
        source,
        config: hashed,
        annotation:
          annotation === null ? null : { hash: annotation.hash, content: annotation.content },
        task: flags.task ?? null,
        artifactUrl,
        options: { strict: flags.strict ?? false, salvage: flags.salvage ?? false },
      },
      { ...pipeline, ...progress },
    );
    const stagingUrl = joinUrl(workUrl, "final");
    const episodes = [{ sourceUrl: source.url, artifactUrl }];
    const dataset = await assembleArtifacts({ config: hashed, episodes, stagingUrl }, pipeline);
    await publishArtifacts(
      { ...owner, stagingUrl, outputUrl, generation: (marker?.generation ?? 0) + 1 },
      { ...pipeline, stillLeader: async () => true },
    );
    live.clear();
    for (const warning of result.warnings) terminal.message(`warning: ${warning}`);
    if (flags.json === true)
      printJson(terminal, {
        output: outputUrl,
        ...dataset,
        topics: result.report,
        warnings: result.warnings,
      });
    else
      terminal.data(
        `${outputUrl}: ${formatCount(dataset.episodes, "episode")}, ${formatCount(dataset.frames, "frame")}`,
      );
  } finally {
    live.clear();
    await storage.removeTree(workUrl);
  }
}
