import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** An S3 server in a process of its own, so that its work is not the measured process's. */
export interface S3Process extends AsyncDisposable {
  /** What a client's environment must hold. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startS3(bucket: string, directory: string): Promise<S3Process> {
  const main = fileURLToPath(new URL("../../s3-testkit/src/main.ts", import.meta.url));
  const args = [main, "--bucket", bucket, "--directory", directory, "--stdin"];
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { env } = JSON.parse(line) as { readonly env: Record<string, string> };
  return {
    env,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exit;
    },
  };
}
