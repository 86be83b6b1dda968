import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const SOURCE = ["--conditions=@roboflow/source", "--import", "tsx", MAIN];

function start(...args: readonly string[]): ChildProcess {
  const stdio = ["pipe", "pipe", "inherit"] as const;
  return spawn(process.execPath, [...SOURCE, ...args], { stdio: [...stdio] });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("its output is not read");
  const [line] = await once(createInterface(child.stdout), "line");
  return String(line);
}

it("serves in a process of its own until its input closes", async () => {
  const child = start("--pd-members", "2", "--stdin");
  const exited = once(child, "exit");
  const { endpoints } = JSON.parse(await firstLine(child));
  expect(endpoints).toHaveLength(2);
  child.stdin?.end();
  expect(await exited).toEqual([0, null]);
});

it("tells its options and its version", async () => {
  expect(await firstLine(start("--help"))).toBe("Usage: tikv-testkit [options]");
  expect(await firstLine(start("--version"))).toMatch(/^\d+\.\d+\.\d+$/);
});
