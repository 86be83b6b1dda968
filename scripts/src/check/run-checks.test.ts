import { expect, it } from "vitest";
import { runChecks, type Check } from "./run-checks.js";

const sound: Check = { name: "sound", run: async () => [] };
const broken: Check = { name: "broken", run: async () => ["a.ts:1: bad\nmore", "b.ts:2: bad"] };
const crashing: Check = { name: "crashing", run: () => Promise.reject(new Error("no such file")) };

async function outcome(checks: Check[]) {
  const lines: string[] = [];
  const passed = await runChecks(checks, (line) => lines.push(line.replace(/\d+\.\d s/, "0 s")));
  return { passed, lines };
}

it("passes if nothing is wrong", async () => {
  expect(await outcome([sound])).toEqual({
    passed: true,
    lines: ["ok     sound (0 s)", "All checks passed."],
  });
});

it("shows every problem, and goes on after a check that failed or crashed", async () => {
  expect(await outcome([broken, crashing, sound])).toEqual({
    passed: false,
    lines: [
      "FAILED broken (0 s)",
      "       a.ts:1: bad\n       more",
      "       b.ts:2: bad",
      "FAILED crashing (0 s)",
      "       no such file",
      "ok     sound (0 s)",
      "Failed: broken, crashing.",
    ],
  });
});
