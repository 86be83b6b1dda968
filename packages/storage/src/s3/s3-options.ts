import type { Logger } from "@roboflow/core";

/** One failed attempt that is tried again. */
export interface RetryInfo {
  /** By the name in S3's API, e.g. `UploadPart`. */
  readonly operation: string;
  readonly url: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** S3's error code or that of the connection, e.g. `SlowDown`, `ECONNRESET`. */
  readonly reason: string;
}

/** How to reach a store that speaks the API of S3. What is left out comes from the environment. */
export interface S3Options {
  /** e.g. `http://127.0.0.1:9000`; default: Amazon's. */
  readonly endpoint?: string;
  readonly region?: string;
  /** The bucket in the path, not in the host name. Default: with any endpoint that is not Amazon's. */
  readonly forcePathStyle?: boolean;
  /** Default: the usual chain (environment, profiles, web identity, container, instance). */
  readonly credentials?: S3Credentials;
  /** Of one request before it fails. Default 8. */
  readonly maxAttempts?: number;
  /** Longest pause before the second attempt, in milliseconds; it doubles with each. Default 100. */
  readonly retryDelayMs?: number;
  /** Without a byte in either direction, after which a connection counts as broken. Default 60,000. */
  readonly idleTimeoutMs?: number;
  /** Bytes of one part of an upload, and of one request of a download. Default 8 MiB. */
  readonly partSize?: number;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How an engine differs from Amazon's S3. */
export interface Dialect {
  readonly scheme: "s3:" | "oss:";
  /** Header that makes a write create only, where `If-None-Match: *` is not understood. */
  readonly createOnlyHeader?: string;
  /** Whether `If-Match` decides a write; otherwise the engine looks first. */
  readonly hasIfMatch: boolean;
}

export interface EngineOptions extends S3Options {
  readonly dialect: Dialect;
  readonly partSize: number;
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
  readonly idleTimeoutMs: number;
  readonly logger: Logger;
  readonly onRetry?: (info: RetryInfo) => void;
}
