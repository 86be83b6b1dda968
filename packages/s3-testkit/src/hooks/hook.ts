import type { Operation, S3Request } from "../http/request.js";

/** What goes wrong with a request. */
export type Action =
  /** Waits before anything else; further actions of the same hook still happen. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Answers an S3 error and does nothing, e.g. 503 `SlowDown`. */
  | { readonly kind: "error"; readonly status: number; readonly code: string }
  /** Does nothing and closes the connection. */
  | { readonly kind: "disconnect" }
  /** Does it, then closes the connection without an answer. */
  | { readonly kind: "lose-answer" }
  /** Does it, and closes the connection after so many bytes of the answer's body. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Does it, sends so many bytes of the answer's body, and then nothing more. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** Does it, and sends the body of the answer no faster than this. */
  | { readonly kind: "throttle"; readonly bytesPerSecond: number };

/** Sees each request, signed or not, when it has arrived in full. */
export type HookFunction = (
  request: S3Request,
) => Action | readonly Action[] | void | Promise<Action | readonly Action[] | void>;

/** The same as data, so that another process can send it. What is left out matches everything. */
export interface FaultRule {
  readonly operation?: Operation;
  readonly method?: string;
  readonly bucket?: string;
  /** Part of the key. */
  readonly key?: string;
  /** Lets so many matching requests pass first. Default 0. */
  readonly after?: number;
  /** Acts on so many of them. Default: all. */
  readonly times?: number;
  /** Acts on about this share of them, 0 to 1, by a generator that starts at `seed`. Default 1. */
  readonly probability?: number;
  readonly seed?: number;
  readonly action: Action | readonly Action[];
}

export type Hook = HookFunction | FaultRule;
