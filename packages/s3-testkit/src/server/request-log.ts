import type { Operation } from "../http/request.js";

/** A request that was answered, or cut by a fault. */
export interface LoggedRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  /** The `Range` header, e.g. `bytes=0-99`. */
  readonly range?: string;
  /** Bytes of the request's body. */
  readonly received: number;
  /** Bytes of the answer's body that were sent. */
  readonly sent: number;
  /** Undefined if the connection was closed without an answer. */
  readonly status?: number;
  /** S3's code of an error answer. */
  readonly error?: string;
}
