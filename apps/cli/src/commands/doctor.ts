import { checkStore, type DoctorReport, type Finding } from "@roboflow/distributed";
import { Command } from "commander";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { formatCount } from "../io/format.js";
import { JsonObjectWriter } from "../io/json-object-writer.js";
import { openSession } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly fix?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  $ roboflow doctor
  $ roboflow doctor --fix

It looks at every record and index of the store while the fleet works on. Exit code 7 if a defect is left.`;

export function doctorCommand(context: CliContext): Command {
  return new Command("doctor")
    .description("check that the records of the store and their indices agree")
    .option("--fix", "repair what needs no guess; each repair is in the audit log")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action(async (_options, command: Command) => doctor(command.optsWithGlobals(), context));
}

/** @throws CliError `ERR_ROBOFLOW_CLI_PARTIAL` if a defect is left */
async function doctor(flags: Flags, context: CliContext): Promise<void> {
  const { terminal, signal } = context;
  await using session = await openSession(flags, context);
  const { client, settings, actor } = session;
  const json = flags.json === true ? new JsonObjectWriter(terminal, "findings", {}) : undefined;
  const report = await checkStore(client.store, {
    fix: flags.fix ?? false,
    actor,
    admins: settings.admins,
    signal,
    // Printed here, as they come: the report keeps the first only.
    onFinding: (finding) => {
      if (json === undefined) terminal.data(describe(finding));
      else json.item(finding);
    },
  });
  const { findings: _shown, ...totals } = report;
  if (json === undefined) terminal.data(summary(report));
  else json.end(totals);
  if (report.healthy) return;
  throw new CliError(
    "ERR_ROBOFLOW_CLI_PARTIAL",
    `${formatCount(report.found - report.repaired, "defect")} left in ${client.store.url}`,
    flags.fix === true ? {} : { hint: "repair what needs no guess: roboflow doctor --fix" },
  );
}

function describe({ kind, key, problem, repair, repaired }: Finding): string {
  if (repaired) return `repaired ${kind} ${key}: ${problem} (${repair ?? ""})`;
  return `${kind} ${key}: ${problem}${repair === null ? "" : ` (--fix: ${repair})`}`;
}

function summary({ checked, found, repaired, newer }: DoctorReport): string {
  const { jobs, batches, entries } = checked;
  const looked = `${formatCount(jobs, "job")}, ${batches} batches and ${entries} index entries checked`;
  const defects = `${formatCount(found, "defect")}, ${repaired} repaired`;
  return `${looked}: ${defects}${newer === 0 ? "" : `; ${newer} records of newer versions left alone`}`;
}
