import { LerobotConfig } from "@roboflow/dataset";
import { loadConfig, loadOrStoreConfig } from "@roboflow/distributed";
import { Command } from "commander";
import { resolve } from "node:path";
import type { CliContext } from "../context.js";
import { printJson } from "../io/json.js";
import { table } from "../io/table.js";
import { openSession } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { addPruneConfigs } from "./prune.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow configs validate robot.toml
  $ roboflow configs put robot.toml
  $ roboflow configs get 5d41… > robot.toml
  $ roboflow configs prune --grace 7d --dry-run`;

/** Configs are immutable and named by the SHA-256 of their bytes. */
export function configsCommand(context: CliContext): Command {
  const configs = new Command("configs")
    .description("look after stored configs")
    .addHelpText("after", HELP);
  configs
    .command("validate")
    .description("check a config and the annotation file it names; stores nothing")
    .argument("<file>", "TOML file")
    .option("--json", "print one JSON object")
    .action(async (file: string, _options, command: Command) => {
      await validate(file, command.optsWithGlobals(), context);
    });
  configs
    .command("put")
    .description("check and store a config; prints its hash")
    .argument("<file>", "TOML file")
    .option("--json", "print one JSON object")
    .action(async (file: string, _options, command: Command) => {
      await put(file, command.optsWithGlobals(), context);
    });
  configs
    .command("get")
    .description("print a stored config exactly as it was submitted")
    .argument("<hash>", "64 hex digits")
    .option("--json", "print the record as one JSON object")
    .action(async (hash: string, _options, command: Command) => {
      await get(hash, command.optsWithGlobals(), context);
    });
  configs
    .command("list")
    .description("list stored configs by hash")
    .option("--json", "print one JSON array")
    .action(async (_options, command: Command) => {
      await list(command.optsWithGlobals(), context);
    });
  addPruneConfigs(configs, context);
  return configs;
}

async function validate(file: string, flags: Flags, { terminal, cwd }: CliContext): Promise<void> {
  const { config, annotation } = await loadConfig({ path: resolve(cwd, file) });
  for (const warning of config.warnings) terminal.message(`warning: ${file}: ${warning}`);
  if (flags.json === true) {
    printJson(terminal, {
      valid: true,
      hash: config.hash,
      name: config.dataset.name,
      mappings: config.mappings.length,
      annotationHash: annotation?.hash ?? null,
      warnings: config.warnings,
    });
    return;
  }
  terminal.data(`${file}: valid, ${config.mappings.length} mappings, hash ${config.hash}`);
}

async function put(file: string, flags: Flags, context: CliContext): Promise<void> {
  await using session = await openSession(flags, context, "fill");
  const stored = await loadOrStoreConfig({
    path: resolve(context.cwd, file),
    client: session.client,
  });
  for (const warning of stored.config.warnings)
    context.terminal.message(`warning: ${file}: ${warning}`);
  if (flags.json === true) {
    printJson(context.terminal, { hash: stored.hash, annotationHash: stored.annotationHash });
  } else {
    context.terminal.data(stored.hash);
  }
}

async function get(hash: string, flags: Flags, context: CliContext): Promise<void> {
  await using session = await openSession(flags, context);
  const record = await session.client.getConfig(hash);
  if (flags.json === true) printJson(context.terminal, record);
  else context.terminal.raw(record.content);
}

async function list(flags: Flags, context: CliContext): Promise<void> {
  await using session = await openSession(flags, context);
  const rows: { hash: string; createdAt: string; dataset: string }[] = [];
  for await (const entry of session.client.listConfigs()) {
    if (entry.kind === "unreadable") {
      context.terminal.message(`warning: ${entry.hash}: ${entry.error.message}`);
      continue;
    }
    const { hash, content, createdAt } = entry.record;
    rows.push({ hash, createdAt: new Date(createdAt).toISOString(), dataset: nameOf(content) });
  }
  if (flags.json === true) {
    printJson(context.terminal, rows);
    return;
  }
  const cells = rows.map((row) => [row.hash, row.createdAt, row.dataset]);
  for (const line of table(["hash", "stored", "dataset"], cells)) context.terminal.data(line);
}

/** Configs stored by another version may not parse here; they are listed all the same. */
function nameOf(content: string): string {
  try {
    return LerobotConfig.fromToml(content).dataset.name;
  } catch {
    return "(does not parse)";
  }
}
