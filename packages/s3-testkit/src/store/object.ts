import type { Content } from "./content.js";

/** What `PutObject` and `CreateMultipartUpload` say about an object besides its content. */
export interface ObjectHeaders {
  readonly contentType: string;
  /** `x-amz-meta-*` without that prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface StoredObject extends ObjectHeaders {
  readonly content: Content;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export interface Part {
  readonly content: Content;
  readonly size: number;
  readonly etag: string;
}

/** A multipart upload that was neither completed nor aborted. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly headers: ObjectHeaders;
  readonly initiated: number;
  readonly parts: Map<number, Part>;
}
