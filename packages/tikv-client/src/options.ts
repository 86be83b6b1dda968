import { silentLogger, type Logger } from "@roboflow/core";
import { TikvError } from "./error.js";
import { parseAddress } from "./transport/address.js";

/** Paths of PEM files, read again for each new connection, so that they can be renewed. */
export interface TlsOptions {
  /** Certificate authorities; default: those of Node. */
  readonly ca?: string;
  /** The client's certificate and key, for mTLS. */
  readonly cert?: string;
  readonly key?: string;
  /** What the servers' certificates must name, if not the host they are dialled by. */
  readonly serverName?: string;
}

export interface ClientOptions {
  /** `host:port` of PD members; one that answers is enough. */
  readonly endpoints: readonly string[];
  readonly tls?: TlsOptions;
  /** Default `v1`. `v1ttl` is API v1 of a cluster with `storage.enable-ttl`, for raw clients. */
  readonly apiVersion?: "v1" | "v1ttl" | "v2";
  /** Name of the keyspace, with API v2 only. Default `DEFAULT`. */
  readonly keyspace?: string;
  /** HTTP/2 connections to each store. Default 1. */
  readonly connectionsPerStore?: number;
  /** How long one request may take, ms; the call goes on with another. Default 8,000. */
  readonly requestTimeoutMs?: number;
  /** How long `connect` tries to find PD, ms. Default 10,000. */
  readonly connectTimeoutMs?: number;
  readonly logger?: Logger;
  /** Called for every request, retry and batch. Default: none. */
  readonly hooks?: ClientHooks;
  /** Ends `connect`; it has no effect on the client afterwards. */
  readonly signal?: AbortSignal;
}

/** What a client tells of its work. A hook must not throw. */
export interface ClientHooks {
  /**
   * One request that is sent, in the async context of its first caller. What this returns comes back
   * as `started` when the request ends.
   */
  readonly requestStart?: (event: { readonly rpc: string; readonly address: string }) => unknown;
  /** One request that ended. `seconds` since it was sent. */
  readonly request?: (event: {
    readonly rpc: string;
    readonly address: string;
    readonly seconds: number;
    readonly outcome: "ok" | "region-error" | "failed";
    readonly started: unknown;
  }) => void;
  /** One wait before a retry. */
  readonly retry?: (event: { readonly reason: string; readonly waitMs: number }) => void;
  /** One message of a batch stream. */
  readonly batch?: (event: { readonly address: string; readonly size: number }) => void;
  readonly cache?: (event: {
    readonly cache: "region" | "transaction-status";
    readonly hit: boolean;
  }) => void;
}

/** `ClientOptions` with every default filled in. */
export type ResolvedOptions = Required<Omit<ClientOptions, "tls" | "signal">> & {
  readonly tls: TlsOptions | undefined;
};

/** @throws TikvError `ERR_ROBOFLOW_TIKV_ENDPOINTS`, `ERR_ROBOFLOW_TIKV_ARGUMENT` */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const apiVersion = oneOf("apiVersion", options.apiVersion ?? "v1", ["v1", "v1ttl", "v2"]);
  if (options.keyspace !== undefined && apiVersion !== "v2") {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_ARGUMENT",
      `keyspace "${options.keyspace}" needs API v2, but apiVersion is ${apiVersion}`,
      { hint: 'Set apiVersion: "v2", or leave keyspace out' },
    );
  }
  const { tls } = options;
  if (tls !== undefined && (tls.cert === undefined) !== (tls.key === undefined)) {
    throw new TikvError("ERR_ROBOFLOW_TIKV_ARGUMENT", "tls.cert and tls.key go together", {
      hint: "Give both for mTLS, or none",
    });
  }
  return {
    endpoints: checkEndpoints(options.endpoints),
    tls,
    apiVersion,
    keyspace: options.keyspace ?? "DEFAULT",
    connectionsPerStore: wholeNumber("connectionsPerStore", options.connectionsPerStore ?? 1),
    requestTimeoutMs: wholeNumber("requestTimeoutMs", options.requestTimeoutMs ?? 8_000),
    connectTimeoutMs: wholeNumber("connectTimeoutMs", options.connectTimeoutMs ?? 10_000),
    logger: options.logger ?? silentLogger,
    hooks: options.hooks ?? {},
  };
}

function checkEndpoints(endpoints: readonly string[]): readonly string[] {
  // Callers without types pass a string here.
  if (!Array.isArray(endpoints) || endpoints.length === 0) {
    throw new TikvError("ERR_ROBOFLOW_TIKV_ENDPOINTS", "No PD endpoints were given", {
      hint: 'Name at least one member, e.g. endpoints: ["127.0.0.1:2379"]',
    });
  }
  for (const endpoint of endpoints) {
    if (typeof endpoint !== "string" || parseAddress(endpoint) === undefined) {
      throw new TikvError(
        "ERR_ROBOFLOW_TIKV_ENDPOINTS",
        `PD endpoint ${JSON.stringify(endpoint)} is not host:port`,
        { hint: 'Write it without a scheme, e.g. "127.0.0.1:2379"' },
      );
    }
  }
  return [...new Set(endpoints)];
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_ARGUMENT`, for callers without types */
export function oneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new TikvError(
    "ERR_ROBOFLOW_TIKV_ARGUMENT",
    `${name} is ${JSON.stringify(value)}, but must be one of ${known.join(", ")}`,
  );
}

function wholeNumber(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new TikvError(
      "ERR_ROBOFLOW_TIKV_ARGUMENT",
      `${name} must be a whole number above 0, but is ${String(value)}`,
    );
  }
  return value;
}
