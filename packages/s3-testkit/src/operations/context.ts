import type { S3Request } from "../http/request.js";
import type { Bucket } from "../store/bucket.js";
import { Refusal } from "../refusal.js";

/** What the operations work on. */
export interface Context {
  readonly buckets: Map<string, Bucket>;
  createBucket(name: string): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
  readonly dialect: "s3" | "oss";
  /** Smallest part but the last of a multipart upload, in bytes. */
  readonly minPartSize: number;
}

/** @throws Refusal `NoSuchBucket` */
export function bucketOf({ buckets }: Context, name: string): Bucket {
  const bucket = buckets.get(name);
  if (bucket !== undefined) return bucket;
  throw new Refusal("NoSuchBucket", "The specified bucket does not exist", { BucketName: name });
}

/** `Bucket` and key of `x-amz-copy-source`. */
export function copySource(request: S3Request): { readonly bucket: string; readonly key: string } {
  const source = decodeURIComponent(request.headers.get("x-amz-copy-source") ?? "");
  const [, bucket = "", key = ""] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? [];
  if (key === "") throw new Refusal("InvalidArgument", "The copy source is malformed.");
  return { bucket, key };
}
