import { parseTOML, type AST } from "toml-eslint-parser";
import type { KeyPath } from "./key-path.js";
import { TOML_LIMITS } from "./toml-source.js";

/** Characters; the parser takes quadratic time on some input, and a config of this size is unusual. */
const LONGEST_TEXT = 64 * 1024;

/**
 * Finds the line (from 1) where a key stands, else that of the nearest table or array around it;
 * undefined if that is the file itself, or the text is longer than 64 KiB. Parses anew, with
 * positions: only for making errors.
 */
export function lineFinder(text: string): (path: KeyPath) => number | undefined {
  const lines = new Map<string, number>();
  if (text.length > LONGEST_TEXT) return () => undefined;
  try {
    const { body } = parseTOML(text.replace(/^\uFEFF/, ""), { tomlVersion: "1.1" });
    for (const node of body[0].body) addNode(node, [], lines);
  } catch {
    // The parsers disagree about this file: an error without lines is still an error.
  }
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(idOf(path, length));
      if (line !== undefined) return line;
    }
    return undefined;
  };
}

function addNode(
  node: AST.TOMLKeyValue | AST.TOMLTable,
  base: KeyPath,
  lines: Map<string, number>,
): void {
  if (node.type === "TOMLTable") {
    add(node.resolvedKey, node, lines);
    for (const child of node.body) addNode(child, node.resolvedKey, lines);
    return;
  }
  const names = node.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value));
  const path = [...base, ...names];
  add(path, node, lines);
  addValue(node.value, path, lines);
}

function addValue(value: AST.TOMLContentNode, path: KeyPath, lines: Map<string, number>): void {
  if (value.type === "TOMLInlineTable") {
    for (const child of value.body) addNode(child, path, lines);
  } else if (value.type === "TOMLArray") {
    for (const [index, element] of value.elements.entries()) {
      add([...path, index], element, lines);
      addValue(element, [...path, index], lines);
    }
  }
}

/** Also the tables that a dotted key makes, unless they have a line of their own. */
function add(path: KeyPath, node: AST.TOMLNode, lines: Map<string, number>): void {
  // A dotted key may be as long as the file.
  const longest = Math.min(path.length, TOML_LIMITS.nesting);
  for (let length = 1; length <= longest; length++) {
    const id = idOf(path, length);
    if (!lines.has(id)) lines.set(id, node.loc.start.line);
  }
}

function idOf(path: KeyPath, length: number): string {
  return JSON.stringify(path.slice(0, length));
}
