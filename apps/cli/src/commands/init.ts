import { draftConfig, draftTopics, type DraftTopic } from "@roboflow/dataset";
import { createStorage } from "@roboflow/storage";
import { Command } from "commander";
import { basename } from "node:path";
import type { CliContext } from "../context.js";
import { findRecordings } from "../input/find-recordings.js";
import { withRecording } from "../input/with-recording.js";
import { openSettings } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly name?: string;
}

const HELP = `
Examples:
  $ roboflow init run1.mcap > robot.toml
  $ roboflow init 'runs/*.mcap' --name pick_cube > robot.toml`;

export function initCommand(context: CliContext): Command {
  return new Command("init")
    .description("write a commented config made from what recordings hold")
    .argument("<files...>", "recordings: paths, URLs or quoted patterns")
    .option("--name <name>", "name of the dataset (default: that of the first recording)")
    .addHelpText("after", HELP)
    .action(async (files: string[], _options, command: Command) => {
      await init(files, command.optsWithGlobals(), context);
    });
}

/** Only what every recording has can be mapped for all of them. */
async function init(args: readonly string[], flags: Flags, context: CliContext): Promise<void> {
  const { terminal, cwd, signal } = context;
  const { logger } = await openSettings(flags, context);
  await using storage = createStorage({ logger });
  const found = await findRecordings(args, { cwd, storage, signal });
  const files = found.map(({ source }) => source);
  let common: DraftTopic[] | undefined;
  for (const file of files) {
    const topics = await withRecording(file, {}, { cwd, signal, logger }, (recording) =>
      draftTopics(recording, { signal }),
    );
    common = common === undefined ? topics : inBoth(common, topics, file, terminal.message);
  }
  const name = flags.name ?? basename(files[0] ?? "").replace(/\.[^.]*$/, "");
  terminal.raw(draftConfig(common ?? [], { name }));
}

function inBoth(
  common: readonly DraftTopic[],
  topics: readonly DraftTopic[],
  file: string,
  message: (line: string) => void,
): DraftTopic[] {
  const names = new Set(
    topics.filter(({ messageCount }) => messageCount > 0).map(({ topic }) => topic),
  );
  return common.filter(({ topic }) => {
    if (!names.has(topic))
      message(`warning: ${topic} is left out: ${basename(file)} has no message of it`);
    return names.has(topic);
  });
}
