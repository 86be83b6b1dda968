import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { StartedProcess } from "../process/started-process.js";

/** A machine of the fleet: nothing of what it has is another's. */
export interface Machine {
  /** Its working directory; home and scratch directories lie in it. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Command and arguments that run the program, in place of running it directly. */
  readonly wrapper?: readonly string[];
}

/** The command line as installed by `copyProgram`, run as processes. */
export class Program {
  readonly #main: string;
  readonly #skewedClock: string;

  constructor(readonly directory: string) {
    this.#main = join(directory, "apps/cli/dist/main.js");
    this.#skewedClock = join(directory, "tests/chaos/dist/process/skewed-clock.js");
  }

  async start(machine: Machine, args: readonly string[]): Promise<StartedProcess> {
    const { directory, env, wrapper = [] } = machine;
    const home = join(directory, "home");
    const scratch = join(directory, "scratch");
    await mkdir(home, { recursive: true });
    await mkdir(scratch, { recursive: true });
    const [file, ...before] = [...wrapper, process.execPath, this.#main];
    return new StartedProcess({
      file,
      args: [...before, ...args],
      cwd: directory,
      env: { ...inherited(), HOME: home, TMPDIR: scratch, ROBOFLOW_USER: "chaos", ...env },
      logFile: join(directory, "stderr.log"),
    });
  }

  /** Variables that set the clock of a process wrong. @param skewMs milliseconds it is ahead */
  wrongClock(skewMs: number): NodeJS.ProcessEnv {
    return {
      NODE_OPTIONS: `--import ${this.#skewedClock}`,
      CHAOS_CLOCK_SKEW_MS: String(skewMs),
    };
  }
}

/** Nothing of the machine's own settings reaches a run. */
function inherited(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(ROBOFLOW_|TIKV_|AWS_|OSS_|NODE_OPTIONS|NO_COLOR|FORCE_COLOR)/.test(name),
  );
  return Object.fromEntries(entries);
}
