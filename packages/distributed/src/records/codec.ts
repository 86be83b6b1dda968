import type { z } from "zod";
import { DistributedError } from "../error.js";

/** Turns records of one kind into stored JSON and back. */
export interface RecordCodec<T> {
  readonly kind: string;
  encode(record: T): Uint8Array;
  /**
   * Fields that this version does not know stay on the object, so that rewriting it keeps them.
   * @param key names the record in errors
   * @throws DistributedError `ERR_ROBOFLOW_RECORD_NEWER`, `ERR_ROBOFLOW_RECORD_INVALID`
   */
  decode(value: Uint8Array, key: string): T;
}

/** Records of one kind whose text is known to match, and the longest one kept, in characters. */
const KNOWN_TEXTS = 256;
const MOST_KNOWN_LENGTH = 4_096;

const strictDecoder = new TextDecoder("utf-8", { fatal: true });

/**
 * A codec for `schema`, whose records carry `version`. The schema must only check: no defaults and
 * no transforms, because the stored object itself is returned.
 */
export function recordCodec<T>(
  kind: string,
  version: number,
  schema: z.ZodType<T, T>,
): RecordCodec<T> {
  // Most records are read by who has just written or read them: the same text matches again.
  const known = new Set<string>();
  const remember = (text: string): void => {
    if (text.length > MOST_KNOWN_LENGTH) return;
    if (known.size >= KNOWN_TEXTS) known.clear();
    known.add(text);
  };
  const matches = (json: unknown, text: string, key: string): json is T => {
    if (known.has(text)) return true;
    const checked = schema.safeParse(json);
    if (checked.success) {
      remember(text);
      return true;
    }
    const issue = checked.error.issues[0];
    const path =
      issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
    // Zod's messages name what was expected and received types, never the content.
    throw invalid(kind, key, `${issue?.message ?? "does not match its schema"}${path}`);
  };
  return {
    kind,
    encode(record) {
      const text = JSON.stringify(record);
      remember(text);
      return Buffer.from(text);
    },
    decode(value, key) {
      const { text, json } = parse(kind, value, key);
      const found = versionOf(json);
      if (found === undefined) throw invalid(kind, key, "it has no version");
      if (found > version) {
        throw new DistributedError(
          "ERR_ROBOFLOW_RECORD_NEWER",
          `The ${kind} record ${key} has version ${found}; this software understands up to version ${version}`,
          { permanence: "transient", hint: "Update roboflow on this machine." },
        );
      }
      if (matches(json, text, key)) return json;
      throw invalid(kind, key, "does not match its schema");
    },
  };
}

interface Parsed {
  readonly text: string;
  readonly json: unknown;
}

function parse(kind: string, value: Uint8Array, key: string): Parsed {
  try {
    const text = strictDecoder.decode(value);
    return { text, json: JSON.parse(text) };
  } catch {
    // The parser's own message quotes the content, so it is not kept.
    throw invalid(kind, key, "it is not JSON");
  }
}

function versionOf(json: unknown): number | undefined {
  if (typeof json !== "object" || json === null || !("version" in json)) return undefined;
  return typeof json.version === "number" ? json.version : undefined;
}

function invalid(kind: string, key: string, problem: string): DistributedError {
  return new DistributedError(
    "ERR_ROBOFLOW_RECORD_INVALID",
    `The ${kind} record ${key} is invalid: ${problem}`,
    { hint: "The store was written by something else or is damaged." },
  );
}

/** Whether `error` says that a record is of a newer version or damaged: leave it as it is. */
export function isUnreadable(error: unknown): error is DistributedError {
  return (
    error instanceof DistributedError &&
    (error.code === "ERR_ROBOFLOW_RECORD_NEWER" || error.code === "ERR_ROBOFLOW_RECORD_INVALID")
  );
}

/** Whether `error` says that a record is damaged, which no other version can read either. */
export function isDamaged(error: unknown): error is DistributedError {
  return error instanceof DistributedError && error.code === "ERR_ROBOFLOW_RECORD_INVALID";
}
