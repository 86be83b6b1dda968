import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { SourceRef } from "@roboflow/distributed";
import type { Storage } from "@roboflow/storage";
import { glob, isDynamicPattern } from "tinyglobby";
import { CliError } from "../error.js";
import { listMatches } from "./list-matches.js";

const URL_SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** `run2` before `run10`, the same in every locale. */
const byName = new Intl.Collator("en", { numeric: true }).compare;

/** A recording that an argument names. */
export interface FoundRecording {
  /** Absolute path or URL. */
  readonly source: string;
  /** What a listing told of it already, so that it need not be asked for again. */
  readonly known?: SourceRef;
}

/** Where arguments are looked up. */
export interface FindOptions {
  readonly cwd: string;
  readonly storage: Storage;
  readonly signal: AbortSignal;
}

/**
 * The recordings that arguments name, in their order and without repeats: existing files and URLs
 * as they are, patterns (of paths or of URLs) as what they match, by name and numbers in order of
 * value. Holds the names in memory, nothing more.
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_NO_INPUT`, listing every argument that names nothing
 */
export async function findRecordings(
  args: readonly string[],
  options: FindOptions,
): Promise<FoundRecording[]> {
  const found = new Map<string, FoundRecording>();
  const missing: string[] = [];
  for (const arg of args) {
    const matches = await expand(arg, options);
    if (matches.length === 0) missing.push(arg);
    for (const match of matches) if (!found.has(match.source)) found.set(match.source, match);
  }
  if (missing.length > 0) {
    throw new CliError("ERR_ROBOFLOW_CLI_NO_INPUT", `no such recording: ${missing.join(", ")}`, {
      hint: "give files, URLs or quoted patterns such as 'runs/*.mcap' or 's3://robots/runs/*.mcap'",
    });
  }
  return [...found.values()];
}

async function expand(arg: string, options: FindOptions): Promise<FoundRecording[]> {
  if (URL_SCHEME.test(arg)) {
    if (!isDynamicPattern(arg)) return [{ source: arg }];
    const objects = await listMatches(arg, options);
    return sorted(
      objects.map(({ url, size, identity }) => ({ source: url, known: { url, size, identity } })),
    );
  }
  const { cwd } = options;
  const path = resolve(cwd, arg);
  if (await exists(path)) return [{ source: path }];
  if (!isDynamicPattern(arg)) return [];
  const matches = await glob(arg, { cwd, absolute: true, onlyFiles: true });
  return sorted(matches.map((source) => ({ source })));
}

function sorted(found: FoundRecording[]): FoundRecording[] {
  return found.sort((a, b) => byName(a.source, b.source));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
