import { DatasetError, type DatasetErrorCode } from "../error.js";

/** Limits on TOML from outside; each has its own message. */
export const TOML_LIMITS = {
  bytes: 1024 * 1024,
  /** Tables and arrays inside each other. */
  nesting: 32,
  /** Keys in the whole file. */
  keys: 1000,
  /** Elements of one array. */
  elements: 10_000,
} as const;

/** What a TOML text is called in errors, and which code they have. */
export interface TomlSource {
  /** File name, or a word such as `config`. */
  readonly name: string;
  readonly code: DatasetErrorCode;
}

export function tomlError(source: TomlSource, problem: string, hint?: string): DatasetError {
  return new DatasetError(
    source.code,
    `${source.name}: ${problem}`,
    hint === undefined ? {} : { hint },
  );
}

/** The exact text, byte order mark included. Throws if it is too large or not UTF-8. */
export function decodeToml(content: string | Uint8Array, source: TomlSource): string {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  if (bytes.byteLength > TOML_LIMITS.bytes) throw tooLarge(source, bytes.byteLength);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notUtf8(source, Buffer.from(bytes).toString("utf8"));
  }
  // A lone surrogate would be stored, and hashed, as another text than the one given.
  if (typeof content === "string" && text !== content) throw notUtf8(source, text);
  return text;
}

export function tooLarge(source: TomlSource, bytes: number): DatasetError {
  return tomlError(
    source,
    `is too large: ${bytes} bytes, the limit is ${TOML_LIMITS.bytes}`,
    "Check that this is the file you mean.",
  );
}

/** The replacement character shows where decoding failed. */
function notUtf8(source: TomlSource, repaired: string): DatasetError {
  const line = repaired.slice(0, repaired.indexOf("\uFFFD")).split("\n").length;
  return tomlError(
    source,
    `line ${line}: is not valid UTF-8`,
    "Save the file with encoding UTF-8.",
  );
}
