import { StorageError, type StorageErrorCode } from "../error.js";
import { type Failure, failureOf } from "./failure.js";
import type { S3Target } from "./s3-url.js";

/** Where a request went; for messages. */
export interface Place {
  readonly endpoint: string;
  readonly region: string;
}

const BUSY = new Set([
  "SlowDown",
  "ServiceUnavailable",
  "InternalError",
  "RequestTimeout",
  "TooManyRequests",
  "Throttling",
  "ThrottlingException",
  "OperationAborted",
  "ConditionalRequestConflict",
  // The body was changed on its way, or a signed header was.
  "BadDigest",
  "XAmzContentSHA256Mismatch",
  "IncompleteBody",
]);
const CONNECTION = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ERR_STREAM_PREMATURE_CLOSE",
  "HPE_INVALID_CONSTANT",
  "HPE_INVALID_EOF_STATE",
  "TimeoutError",
]);
const EXPIRED = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "RequestExpired",
  "TokenRefreshRequired",
]);
const NO_CREDENTIALS = new Set(["CredentialsProviderError", "TokenProviderError", "InvalidToken"]);
const WRONG_REGION = new Set([
  "PermanentRedirect",
  "TemporaryRedirect",
  "AuthorizationHeaderMalformed",
  "IllegalLocationConstraintException",
  "InvalidRegionName",
]);
const WRONG_BUCKET = new Set(["NoSuchBucket", "InvalidBucketName", "UnknownBucket"]);
const NO_ENDPOINT = new Set(["ERR_INVALID_URL", "EndpointError"]);
const FULL = new Set(["QuotaExceeded", "XMinioStorageFull", "InsufficientStorage"]);

/** Whether the same request may pass if it is made again. */
export function isRetryable(error: unknown): boolean {
  const { code, status, clockCorrected } = failureOf(error);
  if (FULL.has(code)) return false;
  return (
    clockCorrected ||
    BUSY.has(code) ||
    CONNECTION.has(code) ||
    status === 429 ||
    (status !== undefined && status >= 500 && status !== 501)
  );
}

/** Whether the credentials have to be fetched again. */
export function isExpired(error: unknown): boolean {
  return EXPIRED.has(failureOf(error).code);
}

/** The package's error for what a request threw while it did `action` (e.g. `read`). */
export function toS3Error(
  error: unknown,
  action: string,
  target: S3Target,
  place: Place,
): StorageError {
  if (error instanceof StorageError) return error;
  const failure = failureOf(error);
  const {
    code,
    message,
    hint,
    permanence = "permanent",
  } = describe(error, failure, action, target, place);
  return new StorageError(code, message, {
    cause: error,
    permanence,
    ...(hint === undefined ? {} : { hint }),
  });
}

interface Description {
  readonly code: StorageErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly permanence?: "transient";
}

function describe(
  error: unknown,
  failure: Failure,
  action: string,
  { url, bucket }: S3Target,
  { endpoint, region }: Place,
): Description {
  const { code, status } = failure;
  const at = `${endpoint} (region ${region})`;
  if (WRONG_BUCKET.has(code)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      message: `${url}: there is no bucket ${bucket} at ${at}`,
      hint: "Check the bucket's name, AWS_REGION and AWS_ENDPOINT_URL_S3 (for oss:// OSS_ENDPOINT).",
    };
  }
  if (WRONG_REGION.has(code) || status === 301) {
    const named = failure.region ?? "another one";
    return {
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      message: `${url}: bucket ${bucket} at ${at} belongs to region ${named}`,
      hint: `Set AWS_REGION (for oss:// OSS_REGION) to ${failure.region ?? "the bucket's region"}.`,
    };
  }
  if (EXPIRED.has(code)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_CREDENTIALS",
      message: `${url}: the credentials have expired (${code})`,
      hint: "Renew the session token where this process gets it from.",
      permanence: "transient",
    };
  }
  if (NO_CREDENTIALS.has(code)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_CREDENTIALS",
      message: `${url}: no usable credentials for ${at} (${code})`,
      hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role.",
    };
  }
  if (code === "RequestTimeTooSkewed") {
    return {
      code: "ERR_ROBOFLOW_STORAGE_DENIED",
      message: `${url}: this machine's clock is too far from that of ${at}`,
      hint: "Set the clock right.",
      permanence: "transient",
    };
  }
  if (CONNECTION.has(code)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_UNAVAILABLE",
      message: `${url}: no connection to ${endpoint} to ${action} (${code})`,
      hint: "Check AWS_ENDPOINT_URL_S3 (for oss:// OSS_ENDPOINT) and the network.",
      permanence: "transient",
    };
  }
  if (isRetryable(error)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_UNAVAILABLE",
      message: `${url}: ${endpoint} could not ${action} (${code}${status === undefined ? "" : `, HTTP ${status}`})`,
      permanence: "transient",
    };
  }
  if (FULL.has(code)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_FULL",
      message: `${url}: no space left to ${action} (${code})`,
      permanence: "transient",
    };
  }
  if (code === "NoSuchUpload") {
    return {
      code: "ERR_ROBOFLOW_STORAGE_IO",
      message: `${url}: its unfinished upload was removed by something else`,
      hint: "Write it anew.",
      permanence: "transient",
    };
  }
  if (NO_ENDPOINT.has(code)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      message: `${url}: the endpoint ${endpoint} is no URL`,
      hint: "Write AWS_ENDPOINT_URL_S3 (for oss:// OSS_ENDPOINT) as https://HOST or http://HOST:PORT.",
    };
  }
  // S3 answers it for buckets only, by name: see above.
  if (status === 404 && action === "list") {
    return {
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      message: `${url}: what answers at ${at} does not list buckets as S3 does (${code}, HTTP 404)`,
      hint: "Check AWS_ENDPOINT_URL_S3 (for oss:// OSS_ENDPOINT): its host, port and path.",
    };
  }
  if (status === 404) {
    return { code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND", message: `${url}: no such object` };
  }
  if (status === 401 || status === 403) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_DENIED",
      message: `${url}: not allowed to ${action} in bucket ${bucket} at ${at} (${code})`,
      hint: "Check the access key, and what its policy allows in this bucket.",
    };
  }
  if (status === 412) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_CHANGED",
      message: `${url}: was replaced since it was opened`,
      hint: "Start again from its new content.",
    };
  }
  if (error instanceof Error && /region is missing/i.test(error.message)) {
    return {
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      message: `${url}: no region is set for bucket ${bucket}`,
      hint: "Set AWS_REGION.",
    };
  }
  return {
    code: "ERR_ROBOFLOW_STORAGE_IO",
    message: `${url}: could not ${action} (${code}${status === undefined ? "" : `, HTTP ${status}`})`,
  };
}
