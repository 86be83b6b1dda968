import { createHash } from "node:crypto";
import { type Answer, emptyAnswer, xmlAnswer } from "../http/answer.js";
import type { S3Request } from "../http/request.js";
import { readContent } from "../store/content.js";
import type { ObjectHeaders, StoredObject } from "../store/object.js";
import { checkRead, checkWrite } from "./conditions.js";
import { bucketOf, type Context, copySource } from "./context.js";
import { checkedMd5 } from "./digests.js";
import { findObject } from "./read-object.js";

export async function putObject(context: Context, request: S3Request): Promise<Answer> {
  const bucket = bucketOf(context, request.bucket);
  const etag = checkedMd5(request);
  // Refused before the body is kept, and decided again when it is.
  checkWrite(context, request.headers, bucket.objects.get(request.key));
  const content = await bucket.blobs.add(request.body);
  try {
    checkWrite(context, request.headers, bucket.objects.get(request.key));
    await bucket.put(request.key, {
      ...headersFrom(request),
      content,
      size: request.body.length,
      etag,
      modified: context.now(),
    });
  } finally {
    await bucket.blobs.release(content);
  }
  return emptyAnswer(200, { etag: `"${etag}"` });
}

export async function copyObject(context: Context, request: S3Request): Promise<Answer> {
  const target = bucketOf(context, request.bucket);
  const { bucket, key } = copySource(request);
  const source = findObject(context, bucket, key);
  checkRead(request.headers, source, "x-amz-copy-source-");
  const etag = await simpleEtag(source);
  checkWrite(context, request.headers, target.objects.get(request.key));
  const replaces = request.headers.get("x-amz-metadata-directive") === "REPLACE";
  const copy = { ...source, ...(replaces && headersFrom(request)), etag, modified: context.now() };
  await target.put(request.key, copy);
  const modified = new Date(copy.modified).toISOString();
  return xmlAnswer("CopyObjectResult", { ETag: `"${etag}"`, LastModified: modified });
}

export async function deleteObject(context: Context, request: S3Request): Promise<Answer> {
  const bucket = bucketOf(context, request.bucket);
  if (request.headers.has("if-match"))
    checkWrite(context, request.headers, bucket.objects.get(request.key));
  await bucket.delete(request.key);
  return emptyAnswer(204);
}

export function headersFrom({ headers }: S3Request): ObjectHeaders {
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith("x-amz-meta-")) metadata[name.slice("x-amz-meta-".length)] = value;
  }
  return { contentType: headers.get("content-type") ?? "binary/octet-stream", metadata };
}

/** A copy of a multipart object is no multipart object. */
async function simpleEtag(object: StoredObject): Promise<string> {
  if (!object.etag.includes("-")) return object.etag;
  const md5 = createHash("md5");
  for await (const piece of readContent(object.content)) md5.update(piece);
  return md5.digest("hex");
}
