import { inspectRecording, type Recording } from "@roboflow/sources";
import { Command } from "commander";
import type { CliContext } from "../context.js";
import { withRecording } from "../input/with-recording.js";
import { formatBytes, formatDuration } from "../io/format.js";
import { table } from "../io/table.js";
import { openSettings } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly salvage?: boolean;
}

const HELP = `
Examples:
  $ roboflow inspect run1.mcap
  $ roboflow inspect run1.mcap --json | jq '.topics[].topic'`;

export function inspectCommand(context: CliContext): Command {
  return new Command("inspect")
    .description("show a recording's topics, types, counts, rates, durations and gaps")
    .argument("<file>", "path or URL of the recording")
    .option("--json", "print one JSON object")
    .option("--strict", "fail on a truncated recording")
    .option("--salvage", "show the intact prefix of a damaged recording")
    .addHelpText("after", HELP)
    .action(async (file: string, _options, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      await inspect(file, flags, context);
    });
}

async function inspect(path: string, flags: Flags, context: CliContext): Promise<void> {
  const { logger } = await openSettings(flags, context);
  await withRecording(path, flags, { ...context, logger }, (recording, file) =>
    show(recording, file.size, flags, context),
  );
}

async function show(
  recording: Recording,
  bytes: number,
  flags: Flags,
  { terminal, signal }: CliContext,
): Promise<void> {
  const topics = await inspectRecording(recording, { signal });
  for (const warning of recording.warnings) terminal.message(`warning: ${warning.message}`);
  const starts = topics.flatMap(({ firstLogTime }) => firstLogTime ?? []);
  const ends = topics.flatMap(({ lastLogTime }) => lastLogTime ?? []);
  const start = starts.reduce<bigint | undefined>(
    (a, b) => (a === undefined || b < a ? b : a),
    undefined,
  );
  const end = ends.reduce<bigint | undefined>(
    (a, b) => (a === undefined || b > a ? b : a),
    undefined,
  );
  const seconds = start === undefined || end === undefined ? 0 : Number(end - start) / 1e9;
  if (flags.json === true) {
    const plain = topics.map(({ firstLogTime, lastLogTime, ...topic }) => ({
      ...topic,
      // Nanoseconds do not fit a JSON number.
      firstLogTime: firstLogTime?.toString() ?? null,
      lastLogTime: lastLogTime?.toString() ?? null,
    }));
    terminal.data(
      JSON.stringify(
        {
          url: recording.url,
          format: recording.format,
          bytes,
          seconds,
          topics: plain,
          metadata: recording.metadata,
          attachments: recording.attachments,
          warnings: recording.warnings,
        },
        null,
        2,
      ),
    );
    return;
  }
  terminal.data(`${recording.format}, ${formatBytes(bytes)}, ${formatDuration(seconds)}`);
  const rows = topics.map((topic) => [
    topic.topic,
    topic.schemaName,
    `${topic.messageEncoding}/${topic.schemaEncoding}`,
    topic.messageCount,
    topic.rateHz === undefined ? "-" : topic.rateHz.toFixed(1),
    topic.durationSeconds === undefined ? "-" : formatDuration(topic.durationSeconds),
    topic.largestGapSeconds === undefined
      ? "-"
      : `${(topic.largestGapSeconds * 1e3).toFixed(0)} ms`,
  ]);
  for (const line of table(
    ["topic", "type", "encoding", "messages", "Hz", "duration", "largest gap"],
    rows,
  )) {
    terminal.data(line);
  }
  if (recording.attachments.length > 0)
    terminal.data(`attachments: ${recording.attachments.join(", ")}`);
  if (recording.metadata.length > 0) terminal.data(`metadata: ${recording.metadata.join(", ")}`);
}
