import type { Logger } from "@roboflow/core";

/** What every prune is told. */
export interface PruneOptions {
  /** For the audit log. */
  readonly actor: string;
  /** Who may prune; nobody named: everybody. See `authorize`. */
  readonly admins?: readonly string[];
  /** Only counts. */
  readonly dryRun?: boolean;
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
}
