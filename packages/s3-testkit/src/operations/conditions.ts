import type { StoredObject } from "../store/object.js";
import { Refusal } from "../refusal.js";
import type { Context } from "./context.js";

type Headers = ReadonlyMap<string, string>;

/**
 * Whether a reader may have the object: `not-modified` for an `If-None-Match` that matches.
 * @throws Refusal `PreconditionFailed`
 */
export function checkRead(
  headers: Headers,
  { etag }: StoredObject,
  prefix: "" | "x-amz-copy-source-" = "",
): "ok" | "not-modified" {
  const [wanted, unwanted] = [
    headers.get(`${prefix}if-match`),
    headers.get(`${prefix}if-none-match`),
  ];
  if (wanted !== undefined && !matches(wanted, etag)) throw failed(`${prefix}if-match`);
  if (unwanted === undefined || !matches(unwanted, etag)) return "ok";
  if (prefix !== "") throw failed(`${prefix}if-none-match`);
  return "not-modified";
}

/**
 * Whether a writer may replace what is there, by the headers that the dialect knows.
 * @throws Refusal `PreconditionFailed`, or `NoSuchKey` for an `If-Match` where nothing is
 */
export function checkWrite(
  { dialect }: Context,
  headers: Headers,
  current: StoredObject | undefined,
): void {
  const [wanted, unwanted] = [headers.get("if-match"), headers.get("if-none-match")];
  if (dialect === "oss") {
    if (wanted !== undefined || unwanted !== undefined) {
      const message = "A header you provided implies functionality that is not implemented.";
      throw new Refusal("NotImplemented", message);
    }
    if (current !== undefined && headers.get("x-oss-forbid-overwrite") === "true") {
      const message = "The object you specified already exists and can not be overwritten.";
      throw new Refusal("FileAlreadyExists", message);
    }
  }
  if (unwanted !== undefined && unwanted !== "*") {
    throw new Refusal("NotImplemented", "If-None-Match of a write takes * only.");
  }
  if (unwanted !== undefined && current !== undefined) throw failed("If-None-Match");
  if (wanted === undefined) return;
  if (current === undefined) {
    throw new Refusal("NoSuchKey", "The specified key does not exist.");
  }
  if (!matches(wanted, current.etag)) throw failed("If-Match");
}

function matches(header: string, etag: string): boolean {
  return header.split(",").some((value) => {
    const bare = value.trim().replaceAll('"', "");
    return bare === "*" || bare === etag;
  });
}

function failed(condition: string): Refusal {
  const message = "At least one of the pre-conditions you specified did not hold";
  return new Refusal("PreconditionFailed", message, { Condition: condition });
}
