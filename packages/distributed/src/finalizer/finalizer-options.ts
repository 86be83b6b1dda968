import type { Logger } from "@roboflow/core";
import type { Storage } from "@roboflow/storage";
import type { Backoff } from "../queue/backoff.js";
import type { KvStore } from "../store/kv-store.js";
import type { ConfigSource } from "../worker/config-source.js";
import type { Assemble, Publish, RetryInfo } from "../worker/conversion.js";
import type { FinalizerEvent } from "./finalizer-event.js";
import type { ReleaseOutput } from "./release-output.js";

export interface FinalizerOptions {
  readonly store: KvStore;
  readonly storage: Storage;
  readonly configs: ConfigSource;
  readonly assemble: Assemble;
  readonly publish: Publish;
  /** Frees the output of a batch that was cancelled before anything was published. */
  readonly releaseOutput?: ReleaseOutput;
  /** Id of the worker that runs it. */
  readonly holder: string;
  /** Milliseconds after which another may take over from a dead one. */
  readonly leaseMs: number;
  /** Milliseconds between renewals; well below the lease. */
  readonly renewMs: number;
  readonly backoff: Backoff;
  readonly onEvent: (event: FinalizerEvent) => void;
  /** An assembly tried a request to a storage again. */
  readonly onRetry?: (retry: RetryInfo) => void;
  readonly logger: Logger;
}
