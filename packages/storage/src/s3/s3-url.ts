import { StorageError } from "../error.js";
import { encodeSegment } from "../url.js";

/** What an `s3:` or `oss:` URL names. */
export interface S3Target {
  readonly url: string;
  readonly bucket: string;
  /** Decoded, without a leading slash. */
  readonly key: string;
}

/** @throws StorageError `ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL`, also for a directory */
export function objectTarget(url: string): S3Target {
  const target = parse(url);
  if (target.key !== "" && !target.key.endsWith("/")) return target;
  throw unsupported(`${url} names a directory, not a file`);
}

/** The target of a directory: its key ends with a slash, or is empty for the whole bucket. */
export function directoryTarget(url: string): S3Target {
  const target = parse(url);
  if (target.key === "" || target.key.endsWith("/")) return target;
  return { ...target, key: `${target.key}/` };
}

/** The URL of another key in the same bucket. */
export function urlOfKey(target: S3Target, key: string): string {
  const scheme = target.url.slice(0, target.url.indexOf(":"));
  return `${scheme}://${target.bucket}/${key.split("/").map(encodeSegment).join("/")}`;
}

function parse(url: string): S3Target {
  // Not by `URL`, which would resolve keys like `a/../b`.
  const [, bucket, path = ""] = /^[a-z0-9]+:\/\/([^/?#]+)(?:\/([^?#]*))?$/i.exec(url) ?? [];
  if (bucket === undefined) {
    throw unsupported(`${url} names no object`, "Write s3://bucket/key, ? as %3F and # as %23.");
  }
  try {
    return { url, bucket, key: decodeURIComponent(path) };
  } catch (error) {
    throw unsupported(`${url} is not a valid URL`, "Write % as %25.", error);
  }
}

function unsupported(message: string, hint?: string, cause?: unknown): StorageError {
  return new StorageError("ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL", message, {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
