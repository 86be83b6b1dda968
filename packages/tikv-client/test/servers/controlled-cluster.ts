import type { TlsOptions } from "../../src/options.js";

/** Where the suite runs: the testkit, a real PD with a TiKV-protocol store in Go, or any cluster. */
export type ServerName = "testkit" | "go" | "external";

/** What a test may need of its server; the tests that need more than it can do are excluded. */
export type Capability =
  | "split"
  | "merge"
  | "move-leader"
  | "stop-store"
  | "stop-pd"
  | "several-pd"
  /** Region errors and lost connections on command. */
  | "fault"
  /** A command that is done, and its answer lost. */
  | "lost-answer"
  /** Tells which locks are in the stores. */
  | "list-locks"
  | "count-calls"
  /** Sets the timestamp oracle forward, so that locks expire without waiting. */
  | "clock"
  | "raw"
  | "tls"
  | "api-v2"
  | "ttl"
  | "empty-values"
  /** A commit of a key that was only locked leaves a record, which older transactions conflict with. */
  | "lock-records"
  | "gc"
  /** A program with client-go is at hand, on this very cluster. */
  | "client-go";

export interface StartOptions {
  /** Every region has a peer on each. Default 1. */
  readonly stores?: number;
  /** Needs `several-pd` if more than 1, the default. */
  readonly pdMembers?: number;
  /** Needs `api-v2` if `v2`, `ttl` if `v1ttl`. Default `v1`. */
  readonly apiVersion?: "v1" | "v1ttl" | "v2";
  /** Servers and clients show certificates to each other; needs `tls`. Default false. */
  readonly tls?: boolean;
}

export type FaultKind =
  /** A connection error; the command was not executed. */
  | "unavailable"
  /** The command is executed, then the connection breaks. */
  | "lost-answer"
  | "delay"
  | "server-is-busy"
  | "stale-command"
  /** Without a hint. */
  | "not-leader"
  | "region-not-found"
  /** Without the current regions. */
  | "epoch-not-match"
  | "max-timestamp-not-synced";

/** The next commands that go wrong. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** Name of the unary call, e.g. `KvCommit`. Default: any command. */
  readonly rpc?: string;
  /** Default: any store. */
  readonly storeId?: bigint;
  /** How many commands. Default 1. */
  readonly times?: number;
  /** For `delay`: how long. For `server-is-busy`: the suggested wait. */
  readonly ms?: number;
}

export interface FoundLock {
  readonly key: Uint8Array;
  readonly primary: Uint8Array;
  readonly startTs: bigint;
  /** Name of the lock's operation, e.g. `Put` or `PessimisticLock`. */
  readonly type: string;
  readonly asyncCommit: boolean;
}

/** A cluster, and the handles a test pulls. What the server can't do (`can`) throws. */
export interface ControlledCluster extends AsyncDisposable {
  readonly name: ServerName;
  readonly can: ReadonlySet<Capability>;
  /** `host:port` of PD members. */
  readonly endpoints: readonly string[];
  /** How clients must connect, to a cluster that wants TLS. */
  readonly tls: TlsOptions | undefined;
  /** Keys of a suite begin with it, so that runs on one long-lived cluster don't meet. */
  readonly prefix: string;
  readonly storeIds: readonly bigint[];
  /** Makes a region begin at `key`, if none does. `raw`: a key of the raw commands. */
  split(key: Uint8Array | string, options?: { readonly raw?: boolean }): Promise<void>;
  /** Merges the region that holds `key` with the one behind it. */
  merge(key: Uint8Array | string): Promise<void>;
  /** Store that leads the region of a transactional `key`. */
  leaderOf(key: Uint8Array | string): Promise<bigint>;
  /** Default: to any other store than now. */
  moveLeader(key: Uint8Array | string, storeId?: bigint): Promise<void>;
  /** Drops all connections of a store; its leaders go to other stores if there are any. */
  stopStore(id: bigint, options?: { readonly keepLeaders?: boolean }): Promise<void>;
  startStore(id: bigint): Promise<void>;
  /** All PD members; their data stays. */
  stopPd(): Promise<void>;
  startPd(): Promise<void>;
  /** Of several PD members the one that leads; another one leads from then on. */
  stopPdLeader(): Promise<void>;
  fault(spec: FaultSpec): Promise<void>;
  /** Forgets the faults that are left. */
  clearFaults(): Promise<void>;
  locks(): Promise<FoundLock[]>;
  /** Sets the timestamp oracle forward from now. */
  advanceClock(ms: number): Promise<void>;
  /** Commands by this name that the stores have received. */
  calls(rpc: string): Promise<number>;
}
