import { describe, expect, it } from "vitest";
import { mustRun, runCommand } from "./run-command.js";

const cwd = import.meta.dirname;

describe("runCommand", () => {
  it("keeps both outputs and the exit code", async () => {
    const code = 'process.stdout.write("out"); process.stderr.write("err"); process.exitCode = 3;';
    expect(await runCommand(process.execPath, ["-e", code], { cwd })).toEqual({
      exitCode: 3,
      stdout: "out",
      stderr: "err",
    });
  });

  it("rejects if there is no such program", async () => {
    await expect(runCommand("no-such-program", [], { cwd })).rejects.toThrow("ENOENT");
  });
});

describe("mustRun", () => {
  it("gives stdout", async () => {
    expect(await mustRun(process.execPath, ["-e", "console.log(1)"], { cwd })).toBe("1\n");
  });

  it("throws with what was printed", async () => {
    const code = 'console.log("why"); process.exit(2)';
    await expect(mustRun(process.execPath, ["-e", code], { cwd })).rejects.toThrow(
      /exit code 2 in .*\nwhy$/,
    );
  });
});
