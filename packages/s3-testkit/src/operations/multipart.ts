import { createHash, randomUUID } from "node:crypto";
import { type Answer, emptyAnswer, xmlAnswer } from "../http/answer.js";
import type { S3Request } from "../http/request.js";
import { readContent, sizeOf, sliceOf } from "../store/content.js";
import type { Part, Upload } from "../store/object.js";
import { Refusal } from "../refusal.js";
import { checkRead } from "./conditions.js";
import { bucketOf, type Context, copySource } from "./context.js";
import { checkedMd5 } from "./digests.js";
import { findObject, parseRange } from "./read-object.js";
import { headersFrom } from "./write-object.js";

const MAX_PARTS = 10_000;

export function createUpload(context: Context, request: S3Request): Answer {
  const bucket = bucketOf(context, request.bucket);
  const id = randomUUID();
  bucket.uploads.set(id, {
    id,
    key: request.key,
    headers: headersFrom(request),
    initiated: context.now(),
    parts: new Map(),
  });
  return xmlAnswer("InitiateMultipartUploadResult", {
    Bucket: request.bucket,
    Key: request.key,
    UploadId: id,
  });
}

export async function uploadPart(context: Context, request: S3Request): Promise<Answer> {
  const number = partNumber(request);
  uploadOf(context, request);
  const etag = checkedMd5(request);
  const content = await bucketOf(context, request.bucket).blobs.add(request.body);
  await setPart(context, request, number, { content, size: request.body.length, etag });
  return emptyAnswer(200, { etag: `"${etag}"` });
}

export async function uploadPartCopy(context: Context, request: S3Request): Promise<Answer> {
  const number = partNumber(request);
  uploadOf(context, request);
  const { bucket, key } = copySource(request);
  const source = findObject(context, bucket, key);
  checkRead(request.headers, source, "x-amz-copy-source-");
  const range = parseRange(request.headers.get("x-amz-copy-source-range"), source.size);
  const content = sliceOf(source.content, ...(range ?? ([0, source.size] as const)));
  // Held while it is read, so that a delete of the source can't take it away.
  bucketOf(context, bucket).blobs.hold(content);
  const md5 = createHash("md5");
  for await (const piece of readContent(content)) md5.update(piece);
  const etag = md5.digest("hex");
  await setPart(context, request, number, { content, size: sizeOf(content), etag });
  const modified = new Date(context.now()).toISOString();
  return xmlAnswer("CopyPartResult", { ETag: `"${etag}"`, LastModified: modified });
}

export async function abortUpload(context: Context, request: S3Request): Promise<Answer> {
  const upload = uploadOf(context, request);
  await bucketOf(context, request.bucket).endUpload(upload);
  return emptyAnswer(204);
}

/** @throws Refusal `NoSuchUpload` */
export function uploadOf(context: Context, request: S3Request): Upload {
  const id = request.query.get("uploadId") ?? "";
  const upload = bucketOf(context, request.bucket).uploads.get(id);
  if (upload?.key === request.key) return upload;
  throw new Refusal("NoSuchUpload", "The specified upload does not exist.", { UploadId: id });
}

/** Takes over a part whose content is held. */
async function setPart(
  context: Context,
  request: S3Request,
  number: number,
  part: Part,
): Promise<void> {
  const { blobs } = bucketOf(context, request.bucket);
  let upload: Upload;
  try {
    // Aborted while the part was coming in?
    upload = uploadOf(context, request);
  } catch (error) {
    await blobs.release(part.content);
    throw error;
  }
  const before = upload.parts.get(number);
  upload.parts.set(number, part);
  if (before !== undefined) await blobs.release(before.content);
}

function partNumber({ query }: S3Request): number {
  const number = Number(query.get("partNumber"));
  if (Number.isInteger(number) && number >= 1 && number <= MAX_PARTS) return number;
  throw new Refusal("InvalidArgument", `Part number must be an integer between 1 and ${MAX_PARTS}`);
}
