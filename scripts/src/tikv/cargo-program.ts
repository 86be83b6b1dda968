import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../run-command.js";
import { buildOnce, type BuiltPrograms } from "./built-program.js";

export interface CargoTool {
  readonly name: string;
  readonly dir: string;
  readonly program: string;
}

/** A program in Rust. A missing cargo and crates that can't be downloaded make it unavailable. */
export function buildCargo(tool: CargoTool, print: (line: string) => void): Promise<BuiltPrograms> {
  const { dir: cwd, program } = tool;
  const build = async (out: string): Promise<string | undefined> => {
    const cargo = await runCommand("cargo", ["--version"], { cwd }).catch(() => undefined);
    if (cargo?.exitCode !== 0) return "cargo is not installed";
    const target = join(out, "target");
    const env = { ...process.env, CARGO_TARGET_DIR: target };
    const fetched = await runCommand("cargo", ["fetch"], { cwd, env });
    if (fetched.exitCode !== 0) {
      return `the crates of ${program} can't be had: ${fetched.stderr.trim().split("\n").at(-1)}`;
    }
    const built = await runCommand("cargo", ["build", "--release", "--offline"], { cwd, env });
    if (built.exitCode !== 0) throw new Error(`${program} does not compile:\n${built.stderr}`);
    await copyFile(join(target, "release", program), join(out, program));
    await rm(target, { recursive: true });
    return undefined;
  };
  return buildOnce({ ...tool, files: /^src.*\.rs$|^Cargo\.toml$/ }, build, print);
}
