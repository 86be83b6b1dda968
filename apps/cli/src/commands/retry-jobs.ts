import type { Command } from "commander";
import type { CliContext } from "../context.js";
import { CliError } from "../error.js";
import { formatCount } from "../io/format.js";
import { printJson } from "../io/json.js";
import { openSession, type Session } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";
import { changeEach } from "./change-jobs.js";

interface Flags extends GlobalFlags {
  readonly allDead?: boolean;
  readonly batch?: string;
  readonly json?: boolean;
}

/** `jobs retry ID…`, and `jobs retry --all-dead`: the way back for dead letters. */
export function addRetry(jobs: Command, context: CliContext): void {
  jobs
    .command("retry")
    .description("convert failed, dead or cancelled jobs again")
    .argument("[id...]")
    .option("--all-dead", "all that used up their attempts")
    .option("--batch <id>", "with --all-dead: only those of this batch")
    .option("--json", "print JSON: an array; with --all-dead one object")
    .action(async (ids: string[], _options, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const allDead = flags.allDead === true;
      if (allDead === ids.length > 0 || (flags.batch !== undefined && !allDead)) {
        throw new CliError("ERR_ROBOFLOW_CLI_USAGE", "give either ids of jobs or --all-dead", {
          hint: "--batch goes with --all-dead; to see them: roboflow jobs list --status Dead",
        });
      }
      await using session = await openSession(flags, context);
      if (allDead) await retryDead(session, flags, context);
      else {
        const json = flags.json === true;
        await changeEach(ids, (queue, id, actor) => queue.retryJob(id, actor), {
          session,
          json,
          context,
        });
      }
    });
}

/** @throws CliError `ERR_ROBOFLOW_CLI_PARTIAL` if some of them can't be retried */
async function retryDead(session: Session, flags: Flags, { terminal }: CliContext): Promise<void> {
  const { retried, left } = await session.queue.retryDead({
    actor: session.actor,
    ...(flags.batch === undefined ? {} : { batchId: flags.batch }),
  });
  if (flags.json === true) printJson(terminal, { retried, left });
  else {
    terminal.data(`${formatCount(retried, "job")} ${retried === 1 ? "is" : "are"} queued again`);
    for (const { batchId, jobs, error } of left)
      terminal.message(
        `warning: ${formatCount(jobs, "job")} of batch ${batchId} left: ${error.message}`,
      );
  }
  if (left.length === 0) return;
  const batches = left.map(({ batchId }) => batchId).join(", ");
  throw new CliError("ERR_ROBOFLOW_CLI_PARTIAL", `dead jobs were left as they are: ${batches}`);
}
