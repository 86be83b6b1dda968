import { AUDIT_ACTIONS, type AuditAction, type AuditRecord } from "@roboflow/distributed";
import { Command, Option } from "commander";
import type { CliContext } from "../context.js";
import { integer } from "../input/numbers.js";
import { printJson } from "../io/json.js";
import { table } from "../io/table.js";
import { openSession } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { addPruneAudit } from "./prune.js";

interface ListFlags extends GlobalFlags {
  readonly actor?: string;
  readonly action?: AuditAction;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow audit list
  $ roboflow audit list --actor alice --action delete --json`;

export function auditCommand(context: CliContext): Command {
  const audit = new Command("audit")
    .description("look up who submitted, cancelled, retried, deleted or changed what")
    .addHelpText("after", HELP);
  audit
    .command("list")
    .description("list entries, the newest first")
    .option("--actor <name>", "only what this one did")
    .addOption(new Option("--action <action>", "only this").choices([...AUDIT_ACTIONS]))
    .option("--limit <n>", "at most so many", integer({ min: 1, max: 10_000 }), 100)
    .option("--cursor <cursor>", "go on after the page before")
    .option("--json", "print one JSON object")
    .action(async (_options, command: Command) => list(command.optsWithGlobals(), context));
  addPruneAudit(audit, context);
  return audit;
}

async function list(flags: ListFlags, context: CliContext): Promise<void> {
  const { terminal } = context;
  await using session = await openSession(flags, context);
  const { limit, cursor, actor, action } = flags;
  const page = await session.queue.audit({
    limit,
    ...(cursor === undefined ? {} : { after: cursor }),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
  });
  for (const { key, error } of page.unreadable)
    terminal.message(`warning: ${key}: ${error.message}`);
  if (flags.json === true) {
    printJson(terminal, { entries: page.entries, cursor: page.cursor ?? null });
    return;
  }
  const header = ["time", "who", "action", "of", "id", "jobs", "detail"];
  for (const line of table(header, page.entries.map(row))) terminal.data(line);
  if (page.cursor !== undefined) terminal.message(`more: --cursor ${page.cursor}`);
}

function row({ at, actor, action, subject, jobs, detail }: AuditRecord): (string | number)[] {
  return [new Date(at).toISOString(), actor, action, subject.kind, subject.id, jobs, detail ?? ""];
}
