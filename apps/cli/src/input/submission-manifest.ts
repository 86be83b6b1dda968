import { createReadStream } from "node:fs";
import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline";
import { JSONParser } from "@streamparser/json";
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

const Entry = z.strictObject({
  source: z.string().min(1),
  task: z.string().min(1).optional(),
  ordinal: z.int().nonnegative().optional(),
  priority: z.int().min(0).max(99).optional(),
});

/** An entry as it stands in the file, and what messages call it: `entry 3` or `line 4`. */
interface Listed {
  readonly where: string;
  readonly value: unknown;
}

const HINT =
  'write [{"source": "run1.mcap", "task": "pick the cube"}, …], or one such object a line';

/**
 * Reads a manifest as a stream, however long it is: a JSON array of
 * `{ source, task?, ordinal?, priority? }`, or one such object a line. Relative sources are taken
 * from the file's directory.
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_USAGE`, naming the file and the entry or line
 */
export async function* readSubmissionManifest(path: string): AsyncGenerator<PlannedJob> {
  try {
    const first = await firstCharacter(path);
    if (first === undefined) return;
    if (first !== "[" && first !== "{") throw wrong(path, "neither a list nor an object a line");
    const listed = first === "[" ? readArray(path) : readLines(path);
    for await (const entry of listed) yield plannedJob(entry, path);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError("ERR_ROBOFLOW_CLI_USAGE", `${path}: can't be read`, { cause });
  }
}

function plannedJob({ where, value }: Listed, path: string): PlannedJob {
  const result = Entry.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map(
      ({ path: at, message }) => `${[where, ...at.map(String)].join(" ")}: ${message}`,
    );
    throw wrong(path, problems.join("; "));
  }
  const { source, task, ordinal, priority } = result.data;
  return {
    source: /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? source : resolve(dirname(path), source),
    task,
    ordinal,
    priority,
  };
}

async function firstCharacter(path: string): Promise<string | undefined> {
  const start = createReadStream(path, { encoding: "utf8" });
  for await (const text of start as AsyncIterable<string>) {
    const found = /\S/.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  return undefined;
}

async function* readLines(path: string): AsyncGenerator<Listed> {
  const lines = createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    const where = `line ${number}`;
    yield { where, value: parse(() => JSON.parse(line), path, `${where} is not JSON`) };
  }
}

async function* readArray(path: string): AsyncGenerator<Listed> {
  const parser = new JSONParser({ paths: ["$.*"], keepStack: false });
  let entries: Listed[] = [];
  parser.onValue = ({ value, key }) => {
    entries.push({ where: `entry ${key}`, value });
  };
  const feed = (chunk: Uint8Array): void => {
    parser.write(chunk);
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    parse(() => feed(chunk), path, "not JSON");
    yield* entries;
    entries = [];
  }
  if (!parser.isEnded) throw wrong(path, "not JSON: it ends in the middle");
}

/** A parser's own message quotes what it met, and a manifest may hold anything. */
function parse<T>(step: () => T, path: string, problem: string): T {
  try {
    return step();
  } catch (cause) {
    throw wrong(path, problem, cause);
  }
}

function wrong(path: string, problem: string, cause?: unknown): CliError {
  return new CliError("ERR_ROBOFLOW_CLI_USAGE", `${path}: ${problem}`, { cause, hint: HINT });
}
