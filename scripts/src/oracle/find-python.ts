import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheDir } from "../cache-dir.js";
import { ROOT } from "../root.js";
import { mustRun, runCommand } from "../run-command.js";

/** A Python that can judge, or why there is none. */
export type OraclePython =
  | { readonly kind: "ready"; readonly python: string }
  | { readonly kind: "unavailable"; readonly reason: string };

const TOOL = join(ROOT, "tools/lerobot-oracle");

/**
 * The Python that `ROBOFLOW_ORACLE_PYTHON` names; else one that an earlier run installed; else
 * installs lerobot into a virtual environment in the user's cache, about 1.1 GB to download, unless
 * that is not wanted.
 */
export async function findPython(
  print: (line: string) => void,
  { install = true }: { readonly install?: boolean } = {},
): Promise<OraclePython> {
  const given = process.env["ROBOFLOW_ORACLE_PYTHON"];
  if (given !== undefined && given !== "") {
    // Whoever names one wants it used: a broken one is an error, not a reason to skip.
    await mustRun(given, ["-c", "import lerobot"], { cwd: TOOL });
    return { kind: "ready", python: given };
  }
  const venv = join(cacheDir(), `lerobot-oracle-${requirementsHash()}`);
  const python = join(venv, "bin/python");
  const done = join(venv, "installed");
  if (existsSync(done)) return { kind: "ready", python };

  if (!install) {
    return { kind: "unavailable", reason: "lerobot is not installed; `pnpm test:oracle` does it" };
  }
  const base = await python311();
  if (base === undefined) return { kind: "unavailable", reason: "there is no Python 3.11 here" };
  const missing = await missingPrograms();
  if (missing !== undefined) return { kind: "unavailable", reason: missing };
  print(`Installing lerobot into ${venv}: 1.1 GB to download, once.`);
  try {
    await rm(venv, { recursive: true, force: true });
    await mkdir(cacheDir(), { recursive: true });
    await mustRun(base, ["-m", "venv", venv], { cwd: TOOL });
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "-r", "requirements-v3.txt"];
    await mustRun(python, pip, { cwd: TOOL });
    await mustRun(python, ["stub_cuda_libs.py"], { cwd: TOOL });
    await mustRun(python, ["-c", "import lerobot, torchcodec.decoders"], { cwd: TOOL });
    await writeFile(done, "");
    return { kind: "ready", python };
  } catch (error) {
    return { kind: "unavailable", reason: `lerobot can't be installed: ${String(error)}` };
  }
}

/** Other requirements make another environment. */
function requirementsHash(): string {
  const requirements = readFileSync(join(TOOL, "requirements-v3.txt"));
  return createHash("sha256").update(requirements).digest("hex").slice(0, 12);
}

/** Whether a program runs at all and exits with 0. */
async function works(command: string, args: readonly string[]): Promise<boolean> {
  const result = await runCommand(command, args, { cwd: TOOL }).catch(() => undefined);
  return result?.exitCode === 0;
}

async function python311(): Promise<string | undefined> {
  const check = ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))"];
  for (const command of ["python3.11", "python3"]) {
    if (await works(command, check)) return command;
  }
  return undefined;
}

/** What lerobot needs beside Python; FFmpeg's libraries are installed where that is possible. */
async function missingPrograms(): Promise<string | undefined> {
  for (const command of ["gcc", "readelf"]) {
    if (!(await works(command, ["--version"]))) return `${command} is not installed`;
  }
  if (await works("ffmpeg", ["-version"])) return undefined;
  if (process.getuid?.() === 0 && (await works("apt-get", ["--version"]))) {
    const installed =
      (await works("apt-get", ["update"])) && (await works("apt-get", ["install", "-y", "ffmpeg"]));
    if (installed) return undefined;
  }
  return "FFmpeg's shared libraries are not installed (Debian: apt-get install ffmpeg)";
}
