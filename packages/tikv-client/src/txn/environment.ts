import type { Cluster } from "../cluster.js";
import type { Background } from "./background.js";
import type { Heartbeats } from "./heartbeat.js";
import type { LockResolver } from "./lock-resolver/lock-resolver.js";
import type { SafePoint } from "./safe-point.js";

/** What all transactions of one client share. */
export interface TransactionEnvironment {
  readonly cluster: Cluster;
  readonly resolver: LockResolver;
  readonly safePoint: SafePoint;
  readonly heartbeats: Heartbeats;
  readonly background: Background;
}
