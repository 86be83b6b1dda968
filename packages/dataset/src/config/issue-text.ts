import { closeNames } from "@roboflow/core";
import type { z } from "zod";
import { shorten, valueAt, type KeyPath } from "./key-path.js";
import { tablesAt, variantsOf } from "./schema-keys.js";

/** One thing wrong with a table. */
export interface Problem {
  readonly path: KeyPath;
  /** Stands after the key: "must be a string, found 3". */
  readonly text: string;
}

/** The schemas' error map: says what is allowed. Schemas with an `error` of their own say it themselves. */
export function ruleOf(issue: z.core.$ZodRawIssue): string | undefined {
  const allowed = allowedValues(issue);
  if (allowed.length > 0) return `must be ${anyOf(allowed)}`;
  if (issue.code === "invalid_type") return `must be ${typeName(issue.expected, issue.input)}`;
  if (issue.code === "too_small") {
    return `must ${bound(issue.origin, issue.minimum, issue.inclusive === true ? "at least" : "above")}`;
  }
  if (issue.code === "too_big") {
    return `must ${bound(issue.origin, issue.maximum, issue.inclusive === true ? "at most" : "below")}`;
  }
  return undefined;
}

/** Says what zod found in the user's terms: what is allowed and what stands there. */
export function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown): Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(schema, path, key) }));
  }
  if (issue.code === "custom") return [{ path, text: issue.message }];
  const value = valueAt(root, path);
  if (value === undefined) return [{ path, text: `is missing; ${issue.message}` }];
  const [near] = typeof value === "string" ? closeNames(value, allowedValues(issue), 1) : [];
  const suggestion = near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`;
  return [{ path, text: `${issue.message}, found ${describe(value)}${suggestion}` }];
}

function unknownKey(schema: z.ZodType, path: KeyPath, key: string): string {
  const tables = tablesAt(schema, path);
  const owners = variantsOf(tables.filter((table) => Object.hasOwn(table.shape, key)));
  if (owners !== undefined) return `is only for ${owners.key} = ${anyOf(owners.values)}`;
  const home = homeOf(schema, key);
  if (home !== undefined) return `belongs ${home}`;
  const known = [...new Set(tables.flatMap((table) => Object.keys(table.shape)))];
  const near = closeNames(key, known);
  if (near.length > 0) return `is not a known key; did you mean ${list(near.map(code))}?`;
  return `is not a known key; known here: ${known.map(code).join(", ")}`;
}

/** Where a key stands that is in the wrong table: TOML reads all keys below `[video]` as its own. */
function homeOf(schema: z.ZodType, key: string): string | undefined {
  const top = tablesAt(schema, []).flatMap((table) => Object.keys(table.shape));
  if (top.includes(key)) return "at the top of the file, above the first table";
  for (const name of top) {
    const has = (path: KeyPath): boolean =>
      tablesAt(schema, path).some((table) => Object.hasOwn(table.shape, key));
    if (has([name])) return `in [${name}]`;
    if (has([name, 0])) return `in [[${name}]]`;
  }
  return undefined;
}

function allowedValues(issue: z.core.$ZodIssue | z.core.$ZodRawIssue): string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  // Variants of a table: the values of the key that chooses among them.
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return issue.options.filter((option) => typeof option === "string");
  }
  return [];
}

/** As TOML writes what JavaScript writes otherwise. */
const TOML_NUMBERS: ReadonlyMap<number, string> = new Map([
  [Number.NaN, "nan"],
  [Infinity, "inf"],
  [-Infinity, "-inf"],
]);

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  int: "a whole number",
  boolean: "true or false",
  object: "a table",
  array: "an array",
};

function typeName(expected: string, value: unknown): string {
  if (expected === "number") return typeof value === "number" ? "a finite number" : "a number";
  return TYPES[expected] ?? expected;
}

function bound(origin: string, limit: number | bigint, relation: string): string {
  if (origin === "string" || origin === "array") {
    if (relation === "at least") return "not be empty";
    return `have ${relation} ${limit} ${origin === "string" ? "characters" : "elements"}`;
  }
  return `be ${relation} ${limit}`;
}

/** A scalar cut short, and the size of anything larger. */
function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shorten(value));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Date) return "a date or time";
  if (typeof value === "number") return TOML_NUMBERS.get(value) ?? String(value);
  return typeof value === "boolean" ? String(value) : "a table";
}

function anyOf(values: readonly string[]): string {
  return list(values.map((value) => JSON.stringify(value)));
}

function list(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  return `${parts.slice(0, -1).join(", ")} or ${parts.at(-1)}`;
}

function code(key: string): string {
  return `\`${key}\``;
}
