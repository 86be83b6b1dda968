import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished } from "vitest";

/**
 * Runs a program in a process of its own, with this package's exports as `tikv`, `RawClient`,
 * `endpoints` and `tell` (prints an error's code) in scope. Gives what it printed, once it has ended by itself.
 */
export async function runProgram(
  program: string,
  endpoints: readonly string[],
  flags: readonly string[] = [],
): Promise<string> {
  const source = new URL("../../src/index.ts", import.meta.url).href;
  const script = `
    import * as tikv from ${JSON.stringify(source)};
    const { RawClient } = tikv;
    const endpoints = ${JSON.stringify(endpoints)};
    const tell = (error) => console.log(error.code);
    ${program}
  `;
  const node = ["--conditions=@roboflow/source", "--import", "tsx", "--input-type=module"];
  const child = spawn(process.execPath, [...flags, ...node, "-e", script], {
    cwd: new URL("../..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  // What hangs is ended by the test's own time limit.
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(0);
  return printed.trim();
}
