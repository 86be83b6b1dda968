import { type Answer, contentAnswer, emptyAnswer } from "../http/answer.js";
import type { S3Request } from "../http/request.js";
import { sliceOf } from "../store/content.js";
import type { StoredObject } from "../store/object.js";
import { Refusal } from "../refusal.js";
import { checkRead } from "./conditions.js";
import { bucketOf, type Context } from "./context.js";

/** `GetObject` and `HeadObject`, which differ in the body only. */
export function readObject(context: Context, request: S3Request): Answer {
  const object = findObject(context, request.bucket, request.key);
  const headers = headersOf(object);
  if (checkRead(request.headers, object) === "not-modified") return emptyAnswer(304, headers);
  const range = parseRange(request.headers.get("range"), object.size);
  const [start, end] = range ?? [0, object.size];
  const content = sliceOf(object.content, start, end);
  const length = { ...headers, "content-length": `${end - start}` };
  const partial = { ...length, "content-range": `bytes ${start}-${end - 1}/${object.size}` };
  const [status, all] = range === undefined ? ([200, length] as const) : ([206, partial] as const);
  return request.method === "HEAD" ? emptyAnswer(status, all) : contentAnswer(status, all, content);
}

/** @throws Refusal `NoSuchBucket`, `NoSuchKey` */
export function findObject(context: Context, bucket: string, key: string): StoredObject {
  const object = bucketOf(context, bucket).objects.get(key);
  if (object !== undefined) return object;
  throw new Refusal("NoSuchKey", "The specified key does not exist.", { Key: key });
}

/**
 * Start and end (exclusive) of a `Range`; undefined for none, or one that is to be ignored.
 * @throws Refusal `InvalidRange`
 */
export function parseRange(
  header: string | undefined,
  size: number,
): readonly [number, number] | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (start < end) return [start, end];
  throw new Refusal("InvalidRange", "The requested range is not satisfiable", {
    ActualObjectSize: size,
  });
}

function headersOf(object: StoredObject): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [
    `x-amz-meta-${name}`,
    value,
  ]);
  return {
    "accept-ranges": "bytes",
    "content-type": object.contentType,
    etag: `"${object.etag}"`,
    "last-modified": new Date(object.modified).toUTCString(),
    ...Object.fromEntries(metadata),
  };
}
