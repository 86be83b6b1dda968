import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../cache-dir.js";
import { runCommand, type CommandResult } from "../run-command.js";

/** Programs that lie ready in `dir`, or why they can't be had here. */
export type GoPrograms =
  | { readonly kind: "ready"; readonly dir: string }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface GoTool {
  /** Of the directory in the cache. */
  readonly name: string;
  /** Directory of the sources. */
  readonly dir: string;
  /** Program name to its module, a directory in `dir`. */
  readonly programs: Readonly<Record<string, string>>;
}

/**
 * Programs in Go, built once for each state of their sources. A missing Go and modules that can't
 * be downloaded make them unavailable; sources that don't compile are an error.
 */
export async function buildGo(tool: GoTool, print: (line: string) => void): Promise<GoPrograms> {
  const dir = join(cacheDir(), `${tool.name}-${sourcesHash(tool.dir)}`);
  if (existsSync(dir)) return { kind: "ready", dir };
  const go = await findGo();
  if (go === undefined)
    return { kind: "unavailable", reason: "Go is not installed (1.26 or newer)" };

  print(`Building ${tool.name} into ${dir}: minutes the first time, then never again.`);
  // Named for this process, and in place all at once: another one may be building the same.
  const building = `${dir}.${process.pid}`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  try {
    for (const [program, module] of Object.entries(tool.programs)) {
      const cwd = join(tool.dir, module);
      const args = ["build", "-ldflags", "-s -w", "-o", join(building, program), "."];
      const built = await runCommand(go, args, { cwd });
      if (built.exitCode === 0) continue;
      const reason = await missingModules(go, cwd, built);
      if (reason === undefined) throw new Error(`${program} does not compile:\n${built.stderr}`);
      return {
        kind: "unavailable",
        reason: `the Go modules of ${program} can't be had: ${reason}`,
      };
    }
    await writeFile(
      join(building, "README"),
      `Built from ${tool.name}'s sources; safe to delete.\n`,
    );
    await rename(building, dir).catch((error: unknown) => {
      if (!existsSync(dir)) throw error;
    });
    return { kind: "ready", dir };
  } finally {
    await rm(building, { recursive: true, force: true });
  }
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

function sourcesHash(dir: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(dir, { encoding: "utf8", recursive: true });
  for (const file of files.filter((name) => /(\.go|go\.mod|go\.sum)$/.test(name)).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(dir, file)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}
