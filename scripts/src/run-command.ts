import { spawn } from "node:child_process";

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the process; default SIGTERM's way out. */
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** Null if a signal ended the process. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and keeps what it prints. Rejects only if it can't be started. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env, signal }: RunOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal && { signal }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** Like `runCommand`, but a failure throws with everything that was printed; gives stdout. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(command, args, options);
  if (exitCode === 0) return stdout;
  const printed = [stdout, stderr].map((text) => text.trim()).filter((text) => text !== "");
  const shown = [command, ...args].join(" ");
  throw new Error([`${shown}: exit code ${exitCode} in ${options.cwd}`, ...printed].join("\n"));
}
