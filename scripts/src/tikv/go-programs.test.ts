import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { buildGo, type GoTool } from "./go-programs.js";

let dir: string;
let tool: GoTool;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "roboflow-go-"));
  mkdirSync(join(dir, "src"));
  writeFileSync(join(dir, "src/main.go"), "package main");
  tool = { name: "tool", dir: join(dir, "src"), programs: { tool: "." } };
  vi.stubEnv("ROBOFLOW_CACHE_DIR", join(dir, "cache"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** Puts a `go` first into the path that does as `script` says. */
function standIn(script: string): void {
  const bin = join(dir, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "go"), `#!/bin/sh\n[ "$1" = version ] && exit 0\n${script}\n`);
  chmodSync(join(bin, "go"), 0o755);
  vi.stubEnv("PATH", `${bin}${delimiter}${process.env["PATH"]}`);
}

const BUILDS = 'echo built >> "$(dirname "$0")/log"; touch "$5"';

it("builds once for each state of the sources", async () => {
  standIn(BUILDS);
  const printed: string[] = [];
  const build = () => buildGo(tool, (line) => printed.push(line));
  const first = await build();
  expect(first).toMatchObject({ kind: "ready" });
  expect(first.kind === "ready" && existsSync(join(first.dir, "tool"))).toBe(true);
  expect(await build()).toEqual(first);
  expect(printed).toHaveLength(1);

  writeFileSync(join(dir, "src/more.go"), "package main");
  expect(await build()).not.toEqual(first);
  expect(printed).toHaveLength(2);
});

it("is unavailable where modules can't be downloaded", async () => {
  standIn('echo "main.go:3:2: example.test/a@v1.0.0: no such host" >&2; exit 1');
  expect(await buildGo(tool, () => {})).toMatchObject({
    kind: "unavailable",
    reason: expect.stringMatching(/no such host/),
  });
});

it("fails on sources that don't compile, also where modules can't be downloaded", async () => {
  standIn('printf "# tool\\n./main.go:1:1: undefined: x\\n" >&2; exit 1');
  await expect(buildGo(tool, () => {})).rejects.toThrow(/tool does not compile:\n[^]*undefined: x/);
});

it("fails on sources that can't be read although all modules are there", async () => {
  standIn('[ "$1" = mod ] && exit 0; echo "main.go:1:1: syntax error" >&2; exit 1');
  await expect(buildGo(tool, () => {})).rejects.toThrow(/syntax error/);
});
