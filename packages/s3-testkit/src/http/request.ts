import type { IncomingMessage } from "node:http";
import { Refusal } from "../refusal.js";
import { unchunk, UNSIGNED_CHUNKS } from "./aws-chunked.js";

/** The S3 operations that the server knows, by their names in S3's API reference. */
export const OPERATIONS = [
  "AbortMultipartUpload",
  "CompleteMultipartUpload",
  "CopyObject",
  "CreateBucket",
  "CreateMultipartUpload",
  "DeleteBucket",
  "DeleteObject",
  "DeleteObjects",
  "GetObject",
  "HeadBucket",
  "HeadObject",
  "ListBuckets",
  "ListMultipartUploads",
  "ListObjectsV2",
  "ListParts",
  "PutObject",
  "UploadPart",
  "UploadPartCopy",
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** A request as it arrived, with its whole body. */
export interface S3Request {
  readonly operation: Operation;
  readonly method: string;
  /** Empty for `ListBuckets`. */
  readonly bucket: string;
  /** Decoded; empty for operations on a bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Behind the body, not signed; by lower-case name. */
  readonly trailers: ReadonlyMap<string, string>;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly body: Uint8Array;
}

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();

/** @throws Refusal `MethodNotAllowed`, `NotImplemented`, `IncompleteBody` */
export function parseRequest(message: IncomingMessage, sent: Uint8Array): S3Request {
  const { method = "GET", url: target = "/" } = message;
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(",") : value);
  }
  const inChunks = headers.get("x-amz-content-sha256") === UNSIGNED_CHUNKS;
  const { body, trailers } = inChunks ? unchunk(sent) : { body: sent, trailers: NO_TRAILERS };
  const [path = "/", search = ""] = target.split("?");
  const query = new URLSearchParams(search);
  // Virtual-hosted style, `bucket.localhost`; otherwise the bucket begins the path.
  const hosted = /^(.+)\.localhost(?::\d+)?$/.exec(headers.get("host") ?? "")?.[1];
  const segments = path.split("/").slice(1).map(decodeURIComponent);
  const bucket = hosted ?? segments.shift() ?? "";
  const key = segments.join("/");
  const copies = headers.has("x-amz-copy-source");
  const operation = operationOf(method, bucket, key, query, copies);
  return { operation, method, bucket, key, query, headers, trailers, target, body };
}

function operationOf(
  method: string,
  bucket: string,
  key: string,
  query: URLSearchParams,
  copies: boolean,
): Operation {
  const operation =
    bucket === ""
      ? method === "GET" && "ListBuckets"
      : key === ""
        ? bucketOperation(method, query)
        : objectOperation(method, query, copies);
  if (!operation) throw new Refusal("MethodNotAllowed", "The method is not allowed here.");
  return operation;
}

function bucketOperation(method: string, query: URLSearchParams): Operation | false {
  switch (method) {
    case "HEAD":
      return "HeadBucket";
    case "PUT":
      return "CreateBucket";
    case "DELETE":
      return "DeleteBucket";
    case "POST":
      return query.has("delete") && "DeleteObjects";
    case "GET":
      if (query.has("uploads")) return "ListMultipartUploads";
      return query.get("list-type") === "2" && "ListObjectsV2";
    default:
      return false;
  }
}

function objectOperation(
  method: string,
  query: URLSearchParams,
  copies: boolean,
): Operation | false {
  const ofUpload = query.has("uploadId");
  switch (method) {
    case "HEAD":
      return "HeadObject";
    case "GET":
      return ofUpload ? "ListParts" : "GetObject";
    case "PUT":
      if (ofUpload) return copies ? "UploadPartCopy" : "UploadPart";
      return copies ? "CopyObject" : "PutObject";
    case "POST":
      if (query.has("uploads")) return "CreateMultipartUpload";
      return ofUpload && "CompleteMultipartUpload";
    case "DELETE":
      return ofUpload ? "AbortMultipartUpload" : "DeleteObject";
    default:
      return false;
  }
}
