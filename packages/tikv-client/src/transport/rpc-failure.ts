import { TikvError, type TikvErrorCode } from "../error.js";

/** Why no reply came. */
export type FailureKind =
  /** Refused, broken or not answering: another try may do. */
  | "unavailable"
  | "timeout"
  /** The server has no such method. */
  | "unimplemented"
  /** Certificates or plain against TLS: no try will do. */
  | "tls"
  /** Something else than a gRPC server answers there. */
  | "not-grpc"
  /** An answer that could not be read. */
  | "protocol";

export interface RpcFailure {
  readonly kind: FailureKind;
  /** Whether the server may have executed the request. */
  readonly executed: "not-sent" | "unknown";
  /** gRPC's status, if one came. */
  readonly status: number | undefined;
  readonly error: TikvError;
}

const CODES: Readonly<Record<FailureKind, TikvErrorCode>> = {
  unavailable: "ERR_ROBOFLOW_TIKV_UNAVAILABLE",
  timeout: "ERR_ROBOFLOW_TIKV_UNAVAILABLE",
  unimplemented: "ERR_ROBOFLOW_TIKV_UNSUPPORTED",
  tls: "ERR_ROBOFLOW_TIKV_TLS",
  "not-grpc": "ERR_ROBOFLOW_TIKV_PROTOCOL",
  protocol: "ERR_ROBOFLOW_TIKV_PROTOCOL",
};

export function rpcFailure(
  kind: FailureKind,
  executed: RpcFailure["executed"],
  address: string,
  what: string,
  more: { readonly cause?: unknown; readonly status?: number; readonly hint?: string } = {},
): RpcFailure {
  return {
    kind,
    executed,
    status: more.status,
    error: new TikvError(CODES[kind], `${address}: ${what}`, {
      cause: more.cause,
      permanence: kind === "unavailable" || kind === "timeout" ? "transient" : "permanent",
      ...(more.hint === undefined ? {} : { hint: more.hint }),
    }),
  };
}

/** gRPC's status codes that a client tells apart (grpc/doc/statuscodes.md). */
const OK = 0;
const DEADLINE_EXCEEDED = 4;
const UNIMPLEMENTED = 12;
const NAMES: Readonly<Record<number, string>> = {
  1: "CANCELLED",
  2: "UNKNOWN",
  3: "INVALID_ARGUMENT",
  4: "DEADLINE_EXCEEDED",
  5: "NOT_FOUND",
  6: "ALREADY_EXISTS",
  7: "PERMISSION_DENIED",
  8: "RESOURCE_EXHAUSTED",
  9: "FAILED_PRECONDITION",
  10: "ABORTED",
  11: "OUT_OF_RANGE",
  12: "UNIMPLEMENTED",
  13: "INTERNAL",
  14: "UNAVAILABLE",
  15: "DATA_LOSS",
  16: "UNAUTHENTICATED",
};

/** Undefined for OK. */
export function failureOfStatus(
  address: string,
  status: number,
  message: string,
): RpcFailure | undefined {
  if (status === OK) return undefined;
  const kind =
    status === UNIMPLEMENTED
      ? "unimplemented"
      : status === DEADLINE_EXCEEDED
        ? "timeout"
        : "unavailable";
  return rpcFailure(
    kind,
    kind === "unimplemented" ? "not-sent" : "unknown",
    address,
    `${NAMES[status] ?? `status ${status}`}${message === "" ? "" : `: ${message}`}`,
    { status },
  );
}
