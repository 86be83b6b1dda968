import { execFile, spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const FROM_SOURCE = ["--conditions=@roboflow/source", "--import", import.meta.resolve("tsx"), MAIN];

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Nothing of the machine's own settings reaches a test. */
function cleanEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(ROBOFLOW_|TIKV_|AWS_|OSS_|NO_COLOR|FORCE_COLOR)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

/** Runs the real command line to its end. */
export function roboflow(args: readonly string[], { cwd, env }: RunOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...FROM_SOURCE, ...args],
      { cwd, env: cleanEnv(env), maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

/** Starts the real command line; for processes that a test kills. */
export function startRoboflow(args: readonly string[], { cwd, env }: RunOptions): ChildProcess {
  return spawn(process.execPath, [...FROM_SOURCE, ...args], {
    cwd,
    env: cleanEnv(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
}
