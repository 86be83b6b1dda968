import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { FROM_SOURCE } from "../cli.js";

/** A server of a testkit in a process of its own; disposing stops it. */
export interface Served extends AsyncDisposable {
  /** What it printed once it served. */
  readonly ready: unknown;
}

/** Starts a program that prints one line of JSON when it serves, and ends with its standard input. */
export async function serve(main: string, args: readonly string[]): Promise<Served> {
  const server = spawn(process.execPath, [...FROM_SOURCE, main, ...args, "--stdin"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(server, "exit");
  const [line] = (await Promise.race([
    once(createInterface({ input: server.stdout }), "line"),
    ended.then(() => Promise.reject(new Error(`${main} ended before it served`))),
  ])) as [string];
  return {
    ready: JSON.parse(line) as unknown,
    [Symbol.asyncDispose]: async () => {
      server.stdin.end();
      await ended;
    },
  };
}
