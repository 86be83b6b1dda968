import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { CliError } from "../error.js";

/** One recording to convert, as `--manifest` lists it. */
export interface PlannedJob {
  /** Absolute path or URL. */
  readonly source: string;
  readonly task: string | undefined;
  /** Place of its episodes in the dataset; by default that in the list. */
  readonly ordinal: number | undefined;
  /** 0 to 99, higher first. */
  readonly priority: number | undefined;
}

const Manifest = z.array(
  z.strictObject({
    source: z.string().min(1),
    task: z.string().min(1).optional(),
    ordinal: z.int().nonnegative().optional(),
    priority: z.int().min(0).max(99).optional(),
  }),
);

/**
 * Reads `jobs.json`: an array of `{ source, task?, ordinal?, priority? }`; relative sources are
 * taken from the file's directory.
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_USAGE`, naming the file and the entry
 */
export async function readSubmissionManifest(path: string): Promise<PlannedJob[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `not JSON: ${cause.message}` : "can't be read";
    throw new CliError("ERR_ROBOFLOW_CLI_USAGE", `${path}: ${reason}`, { cause });
  }
  const result = Manifest.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues
      .slice(0, 10)
      .map(({ path: at, message }) => `${formatEntry(at)}: ${message}`);
    throw new CliError("ERR_ROBOFLOW_CLI_USAGE", `${path}: ${problems.join("; ")}`, {
      hint: 'write [{"source": "run1.mcap", "task": "pick the cube"}, …]',
    });
  }
  return result.data.map(({ source, task, ordinal, priority }) => ({
    source: /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? source : resolve(dirname(path), source),
    task,
    ordinal,
    priority,
  }));
}

function formatEntry(path: readonly PropertyKey[]): string {
  const [index, ...keys] = path.map(String);
  return index === undefined ? "top level" : ["entry", index, ...keys].join(" ");
}
