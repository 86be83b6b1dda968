import { parse, TomlError } from "smol-toml";
import type { DatasetError } from "../error.js";
import { lineFinder } from "./line-finder.js";
import { formatPath, type KeyPath } from "./key-path.js";
import { TOML_LIMITS, tomlError, type TomlSource } from "./toml-source.js";

export type TomlTable = Record<string, unknown>;

/** Parses text and checks it against the limits. The result may hold any TOML value. */
export function parseToml(text: string, source: TomlSource): TomlTable {
  let table: TomlTable;
  try {
    table = parse(text, { maxDepth: TOML_LIMITS.nesting, unsafeKeyBehaviour: "throw" });
  } catch (error) {
    throw syntaxError(error, source);
  }
  checkLimits(table, text, source);
  return table;
}

/** The parser's error quotes the lines around it; it is no cause here, since contents stay out of errors. */
function syntaxError(error: unknown, source: TomlSource): DatasetError {
  if (!(error instanceof TomlError)) return tomlError(source, "is not valid TOML");
  const [summary = ""] = error.message.split("\n");
  const reason = summary.replace(/^Invalid TOML document: /, "");
  const where = `line ${error.line}, column ${error.column}`;
  if (reason.includes("excessively nested")) return tooDeep(source, where);
  return tomlError(source, `${where}: is not valid TOML: ${reason}`);
}

function tooDeep(source: TomlSource, where: string): DatasetError {
  return tomlError(
    source,
    `${where}: is nested too deeply; the limit is ${TOML_LIMITS.nesting} levels`,
  );
}

/** Walks without recursion: dotted keys can nest as deeply as the file is long. */
function checkLimits(table: TomlTable, text: string, source: TomlSource): void {
  const at = (path: KeyPath): string => {
    const line = lineFinder(text)(path);
    return line === undefined ? formatPath(path) : `line ${line}: ${formatPath(path)}`;
  };
  let keys = 0;
  const open: { value: unknown; path: KeyPath }[] = [{ value: table, path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (typeof value !== "object" || value === null || value instanceof Date) continue;
    if (path.length > TOML_LIMITS.nesting) throw tooDeep(source, at(path.slice(0, 3)));
    if (Array.isArray(value)) {
      if (value.length > TOML_LIMITS.elements) {
        throw tomlError(
          source,
          `${at(path)}: has ${value.length} elements; the limit is ${TOML_LIMITS.elements}`,
        );
      }
    } else {
      keys += Object.keys(value).length;
      if (keys > TOML_LIMITS.keys) {
        throw tomlError(source, `has more than ${TOML_LIMITS.keys} keys`);
      }
    }
    for (const [key, child] of Object.entries(value)) {
      open.push({ value: child, path: [...path, Array.isArray(value) ? Number(key) : key] });
    }
  }
}
