import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { childrenOf, signalAll } from "./process-tree.js";

it("finds and signals children, and passes over those that are gone", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const pid = child.pid ?? 0;
  expect(childrenOf(process.pid)).toContain(pid);
  const ended = once(child, "exit");
  expect(signalAll([pid], "SIGKILL")).toBe(1);
  await ended;
  expect(childrenOf(process.pid)).not.toContain(pid);
  expect(signalAll([pid], "SIGKILL")).toBe(0);
});
