import type { Keyspace } from "../pd/keyspaces.js";
import type { ApiVersion } from "../store/command.js";

/** The server's side of TLS: PEM texts. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; given: each client must show one (mTLS). */
  readonly clientCa?: string;
}

export interface TestClusterOptions {
  /** Number of stores; every region has a peer on each. Default 1. */
  readonly stores?: number;
  /** Number of PD members; the first leads. Default 1. */
  readonly pdMembers?: number;
  /** Default `v1`. */
  readonly apiVersion?: ApiVersion;
  /** Keyspaces of API v2 besides `DEFAULT`: names, which get the ids 1, 2, …, or with ids. */
  readonly keyspaces?: readonly (string | Keyspace)[];
  /** Default: none, plain gRPC. */
  readonly tls?: TlsMaterial;
  /** Default: a random one. */
  readonly clusterId?: bigint;
}
