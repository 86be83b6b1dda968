import type { Credentials } from "../auth/credentials.js";

export interface S3TestServerOptions {
  /** Buckets that exist from the start. */
  readonly buckets?: readonly string[];
  /** Keys the server takes; the first is the one in `env`. */
  readonly credentials?: Credentials | readonly Credentials[];
  /** Requests signed for another one are refused. Default `us-east-1`. */
  readonly region?: string;
  /** Keeps objects here, also for the next server on it. Default: in memory. */
  readonly directory?: string;
  /** Default: a free one, of 127.0.0.1. */
  readonly port?: number;
  /** `oss`: writes know no `If-Match` and `If-None-Match`, but `x-oss-forbid-overwrite`. Default `s3`. */
  readonly dialect?: "s3" | "oss";
  /** Smallest part but the last of a multipart upload, in bytes. Default 5 MiB, as S3. */
  readonly minPartSize?: number;
  /** The server's clock, milliseconds since 1970. */
  readonly now?: () => number;
}
