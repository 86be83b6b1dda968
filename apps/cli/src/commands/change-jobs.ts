import type { JobQueue, JobRecord } from "@roboflow/distributed";
import type { Command } from "commander";
import type { CliContext } from "../context.js";
import { printJson } from "../io/json.js";
import { openSession, type Session } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
}

/** Does something to one job; gives what the job is then, nothing if it is gone. */
export type Change = (queue: JobQueue, id: string, actor: string) => Promise<JobRecord | undefined>;

/** A subcommand that does one thing to each job named. */
export function addChange(
  jobs: Command,
  context: CliContext,
  name: string,
  description: string,
  change: Change,
): void {
  jobs
    .command(name)
    .description(description)
    .argument("<id...>")
    .option("--json", "print one JSON array")
    .action(async (ids: string[], _options, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      await using session = await openSession(flags, context);
      await changeEach(ids, change, { session, json: flags.json === true, context });
    });
}

/** Changes the jobs one after the other, and shows them; stops at the first that refuses. */
export async function changeEach(
  ids: readonly string[],
  change: Change,
  {
    session,
    json,
    context: { terminal },
  }: { readonly session: Session; readonly json: boolean; readonly context: CliContext },
): Promise<void> {
  const done: { id: string; status: string }[] = [];
  for (const id of ids) {
    const job = await change(session.queue, id, session.actor);
    done.push({ id, status: job?.status ?? "Deleted" });
    if (!json) terminal.data(`${id} ${job?.status ?? "Deleted"}`);
  }
  if (json) printJson(terminal, done);
}
