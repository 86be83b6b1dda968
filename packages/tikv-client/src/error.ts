import { RoboflowError, type RoboflowErrorOptions } from "@roboflow/core";

/** Every code of this package. Match on these, never on messages. */
export type TikvErrorCode =
  /** No endpoint, or one that is not `host:port`. */
  | "ERR_ROBOFLOW_TIKV_ENDPOINTS"
  /** No PD endpoint answered, or PD had no leader, within the budget (transient). */
  | "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE"
  /** Something answers there, but it is not PD. */
  | "ERR_ROBOFLOW_TIKV_NOT_PD"
  /** The endpoints belong to different clusters, or the cluster changed its id. */
  | "ERR_ROBOFLOW_TIKV_CLUSTER_MISMATCH"
  /** Plain against TLS, an unknown authority, a missing or unreadable certificate. */
  | "ERR_ROBOFLOW_TIKV_TLS"
  /** The keyspace does not exist or is not enabled. */
  | "ERR_ROBOFLOW_TIKV_KEYSPACE"
  /** The call's budget ended; the message lists what was met (transient). */
  | "ERR_ROBOFLOW_TIKV_UNAVAILABLE"
  /** The caller's signal fired (transient). */
  | "ERR_ROBOFLOW_TIKV_ABORTED"
  | "ERR_ROBOFLOW_TIKV_CLOSED"
  /** It is unknown whether the transaction committed; only on `UndeterminedError` (transient). */
  | "ERR_ROBOFLOW_TIKV_UNDETERMINED"
  /** Another transaction committed a key of this one first (transient). */
  | "ERR_ROBOFLOW_TIKV_WRITE_CONFLICT"
  /** A cycle of pessimistic transactions that wait for each other (transient). */
  | "ERR_ROBOFLOW_TIKV_DEADLOCK"
  /** A pessimistic lock was not had within its wait time (transient). */
  | "ERR_ROBOFLOW_TIKV_LOCKED"
  /** Another client rolled this transaction back, e.g. because its locks had expired (transient). */
  | "ERR_ROBOFLOW_TIKV_ROLLED_BACK"
  /** An insert met an existing key. */
  | "ERR_ROBOFLOW_TIKV_KEY_EXISTS"
  | "ERR_ROBOFLOW_TIKV_KEY"
  | "ERR_ROBOFLOW_TIKV_VALUE"
  /** The transaction is over a limit of entries or bytes. */
  | "ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE"
  /** Any other argument, e.g. a negative limit. */
  | "ERR_ROBOFLOW_TIKV_ARGUMENT"
  /** The transaction has committed or was rolled back before. */
  | "ERR_ROBOFLOW_TIKV_FINISHED"
  /** A read at a timestamp older than what garbage collection keeps. */
  | "ERR_ROBOFLOW_TIKV_SAFE_POINT"
  /** The server does not know the command, or refuses it as it is configured. */
  | "ERR_ROBOFLOW_TIKV_UNSUPPORTED"
  /** An answer that the protocol does not allow here. */
  | "ERR_ROBOFLOW_TIKV_PROTOCOL";

export interface TikvErrorOptions extends RoboflowErrorOptions {
  /** The user key it is about. */
  readonly key?: Uint8Array | undefined;
  /** What a call that gave up had met: how often for each reason to wait. */
  readonly met?: Readonly<Record<string, number>> | undefined;
}

/** The one error class of this package. */
export class TikvError extends RoboflowError {
  declare readonly code: TikvErrorCode;
  readonly key: Uint8Array | undefined;
  /** How often a call that gave up had to wait, by reason (`BackoffReason`). */
  readonly met: Readonly<Record<string, number>> | undefined;

  constructor(code: TikvErrorCode, message: string, options: TikvErrorOptions = {}) {
    super(code, message, options);
    this.key = options.key;
    this.met = options.met;
  }
}

/**
 * The answer to a commit was lost: the transaction may have committed or not. Never run it again
 * blindly; read what it would have written first.
 */
export class UndeterminedError extends TikvError {
  constructor(message: string, options: TikvErrorOptions = {}) {
    super("ERR_ROBOFLOW_TIKV_UNDETERMINED", message, { permanence: "transient", ...options });
  }
}
