import type { CallOptions } from "@roboflow/storage";

/** The exact text that jobs name by its hash. */
export interface HashedContent {
  readonly hash: string;
  readonly content: string;
}

/**
 * Where a worker gets what jobs carry only the hash of. Implementations check content against hash
 * and that it parses; what is missing or wrong is a permanent error, an unreachable store a
 * transient one.
 */
export interface ConfigSource {
  config(hash: string, options?: CallOptions): Promise<HashedContent>;
  annotation(hash: string, options?: CallOptions): Promise<HashedContent>;
}
