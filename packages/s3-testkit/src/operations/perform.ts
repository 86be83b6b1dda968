import { type Answer, emptyAnswer } from "../http/answer.js";
import type { Operation, S3Request } from "../http/request.js";
import * as buckets from "./buckets.js";
import { completeUpload } from "./complete-upload.js";
import { bucketOf, type Context } from "./context.js";
import { listObjects, listParts, listUploads } from "./list.js";
import { abortUpload, createUpload, uploadPart, uploadPartCopy } from "./multipart.js";
import { readObject } from "./read-object.js";
import { copyObject, deleteObject, putObject } from "./write-object.js";

type Perform = (context: Context, request: S3Request) => Answer | Promise<Answer>;

const PERFORM: Readonly<Record<Operation, Perform>> = {
  AbortMultipartUpload: abortUpload,
  CompleteMultipartUpload: completeUpload,
  CopyObject: copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: createUpload,
  DeleteBucket: buckets.deleteBucket,
  DeleteObject: deleteObject,
  DeleteObjects: buckets.deleteObjects,
  GetObject: readObject,
  HeadBucket: (context, { bucket }) => {
    bucketOf(context, bucket);
    return emptyAnswer(200);
  },
  HeadObject: readObject,
  ListBuckets: buckets.listBuckets,
  ListMultipartUploads: listUploads,
  ListObjectsV2: listObjects,
  ListParts: listParts,
  PutObject: putObject,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
};

const READS: ReadonlySet<Operation> = new Set([
  "GetObject",
  "HeadBucket",
  "HeadObject",
  "ListBuckets",
  "ListMultipartUploads",
  "ListObjectsV2",
  "ListParts",
]);

/** @throws Refusal */
export async function perform(context: Context, request: S3Request): Promise<Answer> {
  return PERFORM[request.operation](context, request);
}

export function isRead(operation: Operation): boolean {
  return READS.has(operation);
}
