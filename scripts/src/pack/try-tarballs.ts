import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mustRun } from "../run-command.js";
import type { Tarball } from "./tarball.js";

/**
 * Installs all tarballs into an empty project in `project`, as a user of npm would, and uses each:
 * imports it with plain Node, starts its commands. Throws with the output of what fails.
 */
export async function tryTarballs(project: string, tarballs: readonly Tarball[]): Promise<void> {
  await mkdir(project);
  const dependencies = Object.fromEntries(
    tarballs.map(({ found, path }) => [found.manifest.name, pathToFileURL(path).href]),
  );
  // Packages of the workspace that others depend on must come from here too, never from a registry.
  const overrides = Object.fromEntries(Object.keys(dependencies).map((name) => [name, `$${name}`]));
  const manifest = { name: "empty", private: true, type: "module", dependencies, overrides };
  await writeFile(join(project, "package.json"), JSON.stringify(manifest));
  // No package may need an install script to be imported.
  await mustRun("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: project,
  });
  for (const { found } of tarballs) await tryPackage(project, found.manifest);
}

async function tryPackage(project: string, manifest: Tarball["found"]["manifest"]): Promise<void> {
  if (manifest.exports !== undefined) {
    const code = `const names = Object.keys(await import(${JSON.stringify(manifest.name)}));
      if (names.length === 0) throw new Error("${manifest.name} exports nothing");`;
    await mustRun(process.execPath, ["--input-type=module", "--eval", code], { cwd: project });
  }
  for (const command of Object.keys(manifest.bin ?? {})) {
    const args = ["exec", "--no", "--", command];
    const version = await mustRun("npm", [...args, "--version"], { cwd: project });
    if (manifest.version !== undefined && !version.includes(manifest.version)) {
      throw new Error(`${command} --version says ${version.trim()}, not ${manifest.version}`);
    }
    const help = await mustRun("npm", [...args, "--help"], { cwd: project });
    if (!help.includes(command)) throw new Error(`${command} --help does not name the command`);
  }
}
