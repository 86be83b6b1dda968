import { releaseOutput } from "@roboflow/dataset";
import {
  PRUNABLE_STATUSES,
  pruneAudit,
  pruneConfigs,
  pruneJobs,
  type PrunableStatus,
} from "@roboflow/distributed";
import { createStorage } from "@roboflow/storage";
import { Option, type Command } from "commander";
import type { CliContext } from "../context.js";
import { span } from "../input/numbers.js";
import { formatCount } from "../io/format.js";
import { printJson } from "../io/json.js";
import { openSession, type Session } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `jobs prune`: forgets finished batches with their jobs; the datasets stay. */
export function addPruneJobs(jobs: Command, context: CliContext): void {
  prunes(jobs, "forget batches that ended long ago, with their jobs; datasets stay")
    .requiredOption("--older-than <span>", "since they ended, e.g. 30d or 12h", span)
    .addOption(
      new Option("--batch-status <status...>", "only batches in these states").choices([
        ...PRUNABLE_STATUSES,
      ]),
    )
    .action(async (_options, command: Command) => {
      const flags: Flags & {
        readonly olderThan: number;
        readonly batchStatus?: readonly PrunableStatus[];
      } = command.optsWithGlobals();
      const { terminal } = context;
      await using session = await openSession(flags, context);
      await using storage = createStorage({ logger: session.logger });
      const {
        batches,
        jobs: count,
        kept,
      } = await pruneJobs(session.client.store, {
        ...pruning(session, flags, context),
        olderThanMs: flags.olderThan,
        storage,
        releaseOutput: async ({ outputUrl, ...owner }, call) => {
          await releaseOutput(storage, outputUrl, owner, call);
        },
        ...(flags.batchStatus === undefined ? {} : { statuses: flags.batchStatus }),
      });
      if (flags.json === true) {
        printJson(terminal, { batches, jobs: count, kept, dryRun: flags.dryRun ?? false });
        return;
      }
      terminal.data(`${verb(flags)} ${formatCount(count, "job")} of ${batches} batches`);
      for (const { batchId, reason } of kept)
        terminal.message(`warning: batch ${batchId} is kept: ${reason}`);
    });
}

/** `configs prune`: removes configs and annotation files that no batch refers to. */
export function addPruneConfigs(configs: Command, context: CliContext): void {
  prunes(configs, "remove configs and annotation files that no batch refers to")
    .option("--grace <span>", "kept so long after their last use (default 7d)", span)
    .action(async (_options, command: Command) => {
      const flags: Flags & { readonly grace?: number } = command.optsWithGlobals();
      const { terminal } = context;
      await using session = await openSession(flags, context);
      const pruned = await pruneConfigs(session.client.store, {
        ...pruning(session, flags, context),
        graceMs: flags.grace ?? span("7d"),
      });
      if (flags.json === true) printJson(terminal, { pruned, dryRun: flags.dryRun ?? false });
      else {
        for (const { kind, hash } of pruned) terminal.data(`${verb(flags)} ${kind} ${hash}`);
        if (pruned.length === 0)
          terminal.message("every config is in use, or was a short time ago");
      }
    });
}

/** `audit prune`: removes old entries of the audit log. */
export function addPruneAudit(audit: Command, context: CliContext): void {
  prunes(audit, "remove old entries; that it was done is in the log")
    .requiredOption("--older-than <span>", "e.g. 365d", span)
    .action(async (_options, command: Command) => {
      const flags: Flags & { readonly olderThan: number } = command.optsWithGlobals();
      const { terminal } = context;
      await using session = await openSession(flags, context);
      const entries = await pruneAudit(session.client.store, {
        ...pruning(session, flags, context),
        olderThanMs: flags.olderThan,
      });
      if (flags.json === true) printJson(terminal, { entries, dryRun: flags.dryRun ?? false });
      else terminal.data(`${verb(flags)} ${entries} audit entries`);
    });
}

function prunes(parent: Command, description: string): Command {
  return parent
    .command("prune")
    .description(description)
    .option("--dry-run", "only tell what would go")
    .option("--json", "print one JSON object");
}

function pruning(
  { actor, settings, logger }: Session,
  { dryRun = false }: Flags,
  { signal }: CliContext,
) {
  return { actor, admins: settings.admins, dryRun, logger, signal };
}

function verb({ dryRun }: Flags): string {
  return dryRun === true ? "would remove" : "removed";
}
