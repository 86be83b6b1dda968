import type { z } from "zod";
import type { DatasetError } from "../error.js";
import { problemsOf, ruleOf, type Problem } from "./issue-text.js";
import { formatPath } from "./key-path.js";
import { lineFinder } from "./line-finder.js";
import { parseToml } from "./parse-toml.js";
import { tomlError, type TomlSource } from "./toml-source.js";

const LISTED = 20;

/** A table as written and as its schema reads it. */
export interface ValidToml<Table> {
  readonly written: Readonly<Record<string, unknown>>;
  readonly table: Table;
}

/** Parses text and checks it by `schema`. Throws one error that lists all problems. */
export function validateToml<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  source: TomlSource,
): ValidToml<z.output<Schema>> {
  const written = parseToml(text, source);
  const result = schema.safeParse(written, { error: ruleOf });
  if (result.success) return { written, table: result.data };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, schema, written));
  throw problemsError(problems, text, source);
}

/** The error that lists `problems` in the order of their lines. */
function problemsError(
  problems: readonly Problem[],
  text: string,
  source: TomlSource,
): DatasetError {
  const find = lineFinder(text);
  const lines = problems
    .map(({ path, text: problem }) => {
      const line = find(path);
      const where = line === undefined ? "" : `line ${line}: `;
      return { line: line ?? 0, message: `${where}${formatPath(path)}: ${problem}` };
    })
    .sort((a, b) => a.line - b.line)
    .map(({ message }) => message);
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return tomlError(source, only);
  const listed = lines.slice(0, LISTED).map((line) => `\n  ${line}`);
  const more = lines.length > LISTED ? `\n  and ${lines.length - LISTED} more` : "";
  return tomlError(source, `${lines.length} problems:${listed.join("")}${more}`);
}
