import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { runCommand } from "../run-command.js";
import type { Tarball } from "./tarball.js";

/** What `publint` and `attw` (types as an ESM user sees them) say about a tarball. */
export async function lintTarball(root: string, tarball: Tarball): Promise<string[]> {
  return [...(await publintProblems(tarball)), ...(await attwProblems(root, tarball))];
}

async function publintProblems({ path }: Tarball): Promise<string[]> {
  const content = await readFile(path);
  const buffer = content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

async function attwProblems(root: string, { found, path }: Tarball): Promise<string[]> {
  // A package that is only a command has no types to look at.
  if (found.manifest.exports === undefined) return [];
  const args = ["exec", "attw", path, "--profile", "esm-only", "--no-color", "--no-emoji"];
  const { exitCode, stdout, stderr } = await runCommand("pnpm", args, {
    cwd: join(root, "scripts"),
  });
  return exitCode === 0 ? [] : [`attw: ${stdout}${stderr}`];
}
