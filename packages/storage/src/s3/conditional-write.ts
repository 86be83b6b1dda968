import { newId } from "@roboflow/core";
import type { Attempt, Connection } from "./connection.js";
import { failureOf } from "./failure.js";
import type { S3Target } from "./s3-url.js";
import { headObject } from "./head-object.js";

/** When a write may happen: always, only where nothing is, or only over this content. */
export type Condition =
  | { readonly kind: "always" }
  | { readonly kind: "absent" }
  | { readonly kind: "unchanged"; readonly identity: string };

export const ALWAYS: Condition = { kind: "always" };

export type Written =
  | { readonly kind: "written"; readonly identity: string }
  | { readonly kind: "refused" };

/** Metadata by which a writer finds out whether an attempt was its own that got no answer. */
const WRITE_ID = "roboflow-write";

/** A new mark for one write, to be sent as the object's metadata. */
export function newWriteMark(): Readonly<Record<string, string>> {
  return { [WRITE_ID]: newId() };
}

/** Parameters of the SDK for a condition; `refused` where the dialect has none and it does not hold. */
export async function conditionOf(
  connection: Connection,
  target: S3Target,
  condition: Condition,
  attempt: Attempt,
): Promise<{ readonly IfMatch?: string; readonly IfNoneMatch?: string } | "refused"> {
  switch (condition.kind) {
    case "always":
      return {};
    case "absent":
      return { IfNoneMatch: "*" };
    case "unchanged": {
      if (connection.options.dialect.hasIfMatch) return { IfMatch: `"${condition.identity}"` };
      // An earlier attempt may have been ours; what it wrote is then found by its mark.
      if (attempt.number > 1) return {};
      const current = await headObject(target, attempt);
      return current?.identity === condition.identity ? {} : "refused";
    }
  }
}

/**
 * What came of a write that threw: `refused` by its condition, or written by an earlier attempt
 * whose answer was lost. Anything else is thrown again.
 */
export async function afterFailure(
  error: unknown,
  target: S3Target,
  condition: Condition,
  mark: Readonly<Record<string, string>>,
  attempt: Attempt,
): Promise<Written> {
  if (!isRefusal(error, condition)) throw error;
  if (attempt.number > 1) {
    const current = await headObject(target, attempt);
    const isOurs = current?.metadata[WRITE_ID] === mark[WRITE_ID];
    if (current !== undefined && isOurs) return { kind: "written", identity: current.identity };
  }
  if (condition.kind !== "always") return { kind: "refused" };
  throw error;
}

/** An upload that is gone may be one that an earlier attempt completed. */
function isRefusal(error: unknown, condition: Condition): boolean {
  const { code, status } = failureOf(error);
  if (code === "NoSuchUpload") return true;
  if (condition.kind === "always") return false;
  if (status === 412 || code === "FileAlreadyExists") return true;
  return condition.kind === "unchanged" && code === "NoSuchKey";
}
