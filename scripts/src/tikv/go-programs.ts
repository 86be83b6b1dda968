import { join } from "node:path";
import { runCommand, type CommandResult } from "../run-command.js";
import { buildOnce, type BuiltPrograms } from "./built-program.js";

export interface GoTool {
  readonly name: string;
  /** Directory of the sources. */
  readonly dir: string;
  /** Program name to its module, a directory in `dir`. */
  readonly programs: Readonly<Record<string, string>>;
  /** Import path of what is built, where that is a dependency of the modules. Default: their own. */
  readonly package?: string;
}

/**
 * Programs in Go. A missing Go and modules that can't be downloaded make them unavailable; sources
 * that don't compile are an error.
 */
export function buildGo(tool: GoTool, print: (line: string) => void): Promise<BuiltPrograms> {
  const build = async (out: string): Promise<string | undefined> => {
    const go = await findGo();
    if (go === undefined) return "Go is not installed (1.26 or newer)";
    for (const [program, module] of Object.entries(tool.programs)) {
      const cwd = join(tool.dir, module);
      const args = ["build", "-ldflags", "-s -w", "-o", join(out, program), tool.package ?? "."];
      const built = await runCommand(go, args, { cwd });
      if (built.exitCode === 0) continue;
      const reason = await missingModules(go, cwd, built);
      if (reason !== undefined) return `the Go modules of ${program} can't be had: ${reason}`;
      throw new Error(`${program} does not compile:\n${built.stderr}`);
    }
    return undefined;
  };
  return buildOnce({ ...tool, files: /(\.go|go\.mod|go\.sum)$/ }, build, print);
}

/** Why modules are missing, if that is why the build failed. */
async function missingModules(
  go: string,
  cwd: string,
  { stderr }: CommandResult,
): Promise<string | undefined> {
  // The compiler and the linker name the package they fail on in such a line.
  if (/^# \S/m.test(stderr)) return undefined;
  const download = await runCommand(go, ["mod", "download"], { cwd });
  if (download.exitCode === 0) return undefined;
  return download.stderr.trim().split("\n")[0];
}

async function findGo(): Promise<string | undefined> {
  for (const command of ["go", "/usr/local/go/bin/go"]) {
    const found = await runCommand(command, ["version"], { cwd: process.cwd() }).catch(
      () => undefined,
    );
    if (found?.exitCode === 0) return command;
  }
  return undefined;
}
