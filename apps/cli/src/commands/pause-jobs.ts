import type { Command } from "commander";
import type { CliContext } from "../context.js";
import { printJson } from "../io/json.js";
import { openSession } from "../session.js";
import type { GlobalFlags } from "../settings/global-flags.js";

interface Flags extends GlobalFlags {
  readonly json?: boolean;
}

const DESCRIPTIONS = {
  pause: "start no job any more in the whole fleet; what runs goes on",
  resume: "let a paused fleet go on",
} as const;

/** `jobs pause` and `jobs resume`: the whole fleet; a batch has its own. */
export function addPause(jobs: Command, context: CliContext): void {
  for (const name of ["pause", "resume"] as const) {
    jobs
      .command(name)
      .description(DESCRIPTIONS[name])
      .option("--json", "print one JSON object")
      .action(async (_options, command: Command) => {
        const flags: Flags = command.optsWithGlobals();
        const { terminal } = context;
        await using session = await openSession(flags, context);
        const { queue, actor } = session;
        await (name === "pause" ? queue.pauseAll(actor) : queue.resumeAll(actor));
        const paused = (await queue.pause()) ?? null;
        if (flags.json === true) printJson(terminal, { paused });
        else if (paused === null) terminal.data("the fleet works");
        else {
          const since = new Date(paused.at).toISOString();
          terminal.data(`the fleet is paused since ${since} by ${paused.by}`);
        }
      });
  }
}
