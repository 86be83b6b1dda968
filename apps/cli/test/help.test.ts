import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRoboflow } from "./support/roboflow.js";
import { Workspace } from "./support/workspace.js";

describe("help and usage", () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await Workspace.create();
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  it.each([
    [[]],
    [["submit"]],
    [["worker"]],
    [["jobs"]],
    [["batches"]],
    [["configs"]],
    [["inspect"]],
    [["init"]],
    [["convert"]],
    [["dataset"]],
    [["health"]],
    [["audit"]],
    [["doctor"]],
  ])("%j has examples on stdout", async (command) => {
    const { code, stdout, stderr } = await workspace.run([...command, "--help"]);
    expect(stdout).toMatch(/Examples:\n {2}\$ roboflow /);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("documents the exit codes", async () => {
    const { stdout } = await workspace.run(["--help"]);
    expect(stdout).toContain("Exit codes: 0 done, 1 a bug, 2 usage");
  });

  it("names a default once", async () => {
    const { stdout } = await workspace.run(["configs", "prune", "--help"]);
    expect(stdout.match(/default/g)).toHaveLength(1);
  });

  it("prints its version", async () => {
    const { code, stdout } = await workspace.run(["--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(code).toBe(0);
  });

  it.each([
    [["submti"], "error: unknown command 'submti'\n(Did you mean submit?)"],
    [["health", "--jsn"], "error: unknown option '--jsn'\n(Did you mean --json?)"],
    [["submit", "a.mcap"], "error: required option '--config <file>' not specified"],
    [
      ["worker", "--jobs", "0"],
      "error: option '--jobs <n>' argument '0' is invalid. It must be a whole number from 1 to 256.",
    ],
    [["worker", "--lease", "5"], "a lease of 5 s is too short for a heartbeat every 30 s"],
    [
      ["jobs", "list", "--status", "Done"],
      "error: option '--status <status>' argument 'Done' is invalid.",
    ],
  ])("%j is a usage error", async (args, message) => {
    const { code, stdout, stderr } = await workspace.run(args);
    expect(stderr).toContain(message);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("prints no colours with NO_COLOR, and some with FORCE_COLOR", async () => {
    const args = ["inspect", "absent.mcap"];
    const plain = await workspace.run(args, { env: { NO_COLOR: "1", FORCE_COLOR: "1" } });
    expect(plain.stderr).not.toContain("\u001b[");
    const coloured = await workspace.run(args, { env: { FORCE_COLOR: "1" } });
    expect(coloured.stderr).toContain("\u001b[31merror:");
  });

  it("says nothing of a reader that has seen enough, as head", async () => {
    const child = startRoboflow(["--help"], { cwd: workspace.directory });
    child.stdout?.destroy();
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const [code] = await once(child, "close");
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  it("shows a stack trace only with --debug", async () => {
    const { stderr } = await workspace.run(["inspect", "absent.mcap"]);
    expect(stderr).not.toMatch(/\n\s+at /);
    const debug = await workspace.run(["inspect", "absent.mcap", "--debug"]);
    expect(debug.stderr).toMatch(/\n\s+at /);
  });
});
