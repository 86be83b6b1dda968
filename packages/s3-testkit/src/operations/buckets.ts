import { type Answer, emptyAnswer, xmlAnswer } from "../http/answer.js";
import type { S3Request } from "../http/request.js";
import { Refusal } from "../refusal.js";
import { elementText, elementTexts } from "../xml.js";
import { bucketOf, type Context } from "./context.js";

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function listBuckets({ buckets }: Context): Answer {
  const names = [...buckets.keys()].sort();
  return xmlAnswer("ListAllMyBucketsResult", {
    Buckets: { Bucket: names.map((Name) => ({ Name })) },
  });
}

export async function createBucket(context: Context, { bucket }: S3Request): Promise<Answer> {
  if (!BUCKET_NAME.test(bucket)) {
    throw new Refusal("InvalidBucketName", "The specified bucket is not valid.");
  }
  if (context.buckets.has(bucket)) {
    throw new Refusal("BucketAlreadyOwnedByYou", "Your previous request created the bucket.");
  }
  await context.createBucket(bucket);
  return emptyAnswer(200, { location: `/${bucket}` });
}

export function deleteBucket(context: Context, { bucket }: S3Request): Answer {
  if (bucketOf(context, bucket).objects.size > 0) {
    throw new Refusal("BucketNotEmpty", "The bucket you tried to delete is not empty");
  }
  context.buckets.delete(bucket);
  return emptyAnswer(204);
}

export async function deleteObjects(context: Context, request: S3Request): Promise<Answer> {
  const bucket = bucketOf(context, request.bucket);
  const xml = new TextDecoder().decode(request.body);
  const keys = elementTexts(xml, "Object").map((object) => elementText(object, "Key") ?? "");
  for (const key of keys) await bucket.delete(key);
  const quiet = elementText(xml, "Quiet") === "true";
  return xmlAnswer("DeleteResult", { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
}
