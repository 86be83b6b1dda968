import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { CliError } from "../error.js";

const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** `run2` before `run10`, the same in every locale. */
const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * The recordings that arguments name, in their order and without repeats: existing files and URLs
 * as they are, patterns as what they match (by name, numbers in order of value).
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_NO_INPUT`, listing every argument that names nothing
 */
export async function findRecordings(args: readonly string[], cwd: string): Promise<string[]> {
  const found = new Set<string>();
  const missing: string[] = [];
  for (const arg of args) {
    const matches = await expand(arg, cwd);
    if (matches.length === 0) missing.push(arg);
    for (const match of matches) found.add(match);
  }
  if (missing.length > 0) {
    throw new CliError("ERR_ROBOFLOW_CLI_NO_INPUT", `no such recording: ${missing.join(", ")}`, {
      hint: "give files, URLs or quoted patterns such as 'runs/*.mcap'",
    });
  }
  return [...found];
}

async function expand(arg: string, cwd: string): Promise<string[]> {
  if (URL_SCHEME.test(arg)) return [arg];
  const path = resolve(cwd, arg);
  if (await exists(path)) return [path];
  if (!isDynamicPattern(arg)) return [];
  const matches = await glob(arg, { cwd, absolute: true, onlyFiles: true });
  return matches.sort(byName);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
