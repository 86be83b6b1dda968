import type { Logger } from "@roboflow/core";

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
  /** Default `v1`. */
  readonly apiVersion?: "v1" | "v2";
  /** Name of the keyspace, with API v2 only. Default `DEFAULT`. */
  readonly keyspace?: string;
  /** HTTP/2 connections to each store. Default 1. */
  readonly connectionsPerStore?: number;
  /** How long one request may take, ms; the call goes on with another. Default 20,000. */
  readonly requestTimeoutMs?: number;
  /** How long `connect` tries to find PD, ms. Default 10,000. */
  readonly connectTimeoutMs?: number;
  readonly logger?: Logger;
  /** Called for every request, retry and batch. Default: none. */
  readonly hooks?: ClientHooks;
  readonly signal?: AbortSignal;
}

/** What a client tells of its work. A hook must not throw. */
export interface ClientHooks {
  /** One request that ended. `seconds` since it was sent. */
  readonly request?: (event: {
    readonly rpc: string;
    readonly address: string;
    readonly seconds: number;
    readonly outcome: "ok" | "region-error" | "failed";
  }) => void;
  /** One wait before a retry. */
  readonly retry?: (event: { readonly reason: string; readonly waitMs: number }) => void;
  /** One message of a batch stream. */
  readonly batch?: (event: { readonly address: string; readonly size: number }) => void;
  readonly cache?: (event: { readonly cache: "region" | "transaction-status"; readonly hit: boolean }) => void;
}

/** `ClientOptions` with every default filled in. */
export type ResolvedOptions = Required<Omit<ClientOptions, "tls" | "signal">> & {
  readonly tls: TlsOptions | undefined;
};
