import { randomBytes } from "node:crypto";
import { ServerCredentials } from "@grpc/grpc-js";
import { metapb } from "@roboflow/tikv-proto";
import { TestClock } from "../clock/test-clock.js";
import { TestkitError } from "../error.js";
import { hookOf, type Fault } from "../hooks/fault.js";
import type { Hook } from "../hooks/hook.js";
import { Interceptor, type Interception } from "../hooks/intercept.js";
import { Engine } from "../mvcc/engine.js";
import { keyspacesByName } from "../pd/keyspaces.js";
import { Members } from "../pd/members.js";
import { PdNode } from "../pd/pd-node.js";
import { SafePoints } from "../pd/safe-points.js";
import { TimestampOracle } from "../pd/timestamp-oracle.js";
import { RawData } from "../raw/raw-data.js";
import { ENCODED, PLAIN } from "../region/key-form.js";
import { RegionMap } from "../region/region-map.js";
import type { Region } from "../region/region.js";
import type { WhenStopped } from "../rpc/listener.js";
import type { Rpc } from "../rpc/methods.js";
import type { ClusterState } from "../store/command.js";
import { StoreNode } from "../store/store-node.js";
import type { TestClusterOptions, TlsMaterial } from "./options.js";
import { lockView, regionView, type LockView, type RegionView, type StoreView } from "./views.js";

/** Strings are taken as UTF-8. */
export type Key = Uint8Array | string;

/** Which keys a bound is among: `raw` ones lie elsewhere than those of transactions in API v1. */
export interface KeyOptions {
  readonly raw?: boolean;
}

export interface StopOptions {
  /** What clients meet that dial the store. Default `refuse`. */
  readonly connections?: WhenStopped;
  /** Whether other stores take over its regions. Default true. */
  readonly moveLeaders?: boolean;
}

const STORE_VERSION = "8.5.0";

/**
 * PD and TiKV in this process, over real gRPC on loopback: data with versions and locks as TiKV
 * keeps them, several stores, regions and PD members, and whatever fails on command. The stores
 * share one copy of the data: there is no Raft, and no data is lost with a store.
 */
export class TestCluster implements AsyncDisposable {
  /** The time of the timestamp oracle. */
  readonly clock: TestClock;
  readonly clusterId: bigint;
  readonly #state: ClusterState;
  readonly #oracle: TimestampOracle;
  readonly #members = new Members();
  readonly #interceptor = new Interceptor();
  readonly #stores: StoreNode[];
  readonly #pd: PdNode[];
  readonly #scheme: "http" | "https";
  /** What PD says while it is behind; undefined: it is up to date. */
  #stale: readonly Region[] | undefined;

  private constructor(options: TestClusterOptions) {
    const storeIds = ids(options.stores ?? 1, "stores");
    const memberIds = ids(options.pdMembers ?? 1, "pdMembers");
    this.#scheme = options.tls === undefined ? "http" : "https";
    this.clock = new TestClock();
    this.clusterId = options.clusterId ?? randomBytes(8).readBigUInt64BE();
    this.#oracle = new TimestampOracle(this.clock);
    this.#state = {
      engine: new Engine(),
      raw: new RawData(this.clock),
      regions: new RegionMap(storeIds),
      clock: this.clock,
      apiVersion: options.apiVersion ?? "v1",
    };
    const credentials = (): ServerCredentials => serverCredentials(options.tls);
    this.#stores = storeIds.map(
      (id) => new StoreNode(id, this.#state, this.#interceptor, credentials()),
    );
    const pdState = {
      clusterId: this.clusterId,
      members: this.#members,
      oracle: this.#oracle,
      safePoints: new SafePoints(this.clock),
      keyspaces: keyspacesByName(options.keyspaces ?? []),
      cluster: this.#state,
      regions: () => this.#stale ?? this.#state.regions.all,
      stores: () =>
        this.stores.map(({ id, address }) => ({
          id,
          address,
          state: metapb.StoreState.Up,
          nodeState: metapb.NodeState.Serving,
          version: STORE_VERSION,
        })),
    };
    this.#pd = memberIds.map(
      (id) => new PdNode(Number(id) - 1, pdState, this.#interceptor, credentials()),
    );
  }

  /** Starts a cluster on free ports of 127.0.0.1. */
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster(options);
    for (const { listener } of [...cluster.#stores, ...cluster.#pd]) {
      await listener.start();
    }
    for (const endpoint of cluster.endpoints) {
      cluster.#members.add(`${cluster.#scheme}://${endpoint}`);
    }
    return cluster;
  }

  /** `host:port` of each PD member: what a client connects to. */
  get endpoints(): readonly string[] {
    return this.#pd.map(({ listener }) => listener.address);
  }

  get stores(): readonly StoreView[] {
    return this.#stores.map(({ id, listener }) => ({
      id,
      address: listener.address,
      isRunning: listener.isRunning,
    }));
  }

  /** Index of the PD member that leads, if one does. */
  get pdLeader(): number | undefined {
    return this.#members.leader;
  }

  /** In order of key. */
  regions(): readonly RegionView[] {
    return this.#state.regions.all.map(regionView);
  }

  /** The region that holds a key. */
  regionOf(key: Key, options: KeyOptions = {}): RegionView {
    return regionView(this.#state.regions.byKey(this.#bound(key, options)));
  }

  /** All locks of transactions, in order of key. */
  locks(): readonly LockView[] {
    return [...this.#state.engine.store.locks.entries()].map(([key, lock]) => lockView(key, lock));
  }

  /** Requests that wait for a lock at the moment. */
  get lockWaits(): number {
    return this.#state.engine.waits.size;
  }

  /** A new timestamp of the oracle. */
  timestamp(): bigint {
    return this.#oracle.nextTimestamp();
  }

  /** Cuts the region of a key in two right before it. The old region keeps the right part. */
  split(key: Key, options: KeyOptions = {}): void {
    this.#state.regions.split([this.#bound(key, options)]);
  }

  /**
   * Makes one region of that of a key and the next one; the first keeps its id, the other is gone.
   * @throws TestkitError `ERR_ROBOFLOW_TESTKIT_STATE` when there is no next one
   */
  merge(key: Key, options: KeyOptions = {}): void {
    this.#state.regions.merge(this.#bound(key, options));
  }

  /** @param storeId undefined: the region has no leader from now on, and stores know of none */
  moveLeader(key: Key, storeId: bigint | number | undefined, options: KeyOptions = {}): void {
    const region = this.#state.regions.byKey(this.#bound(key, options));
    this.#state.regions.setLeader(region.id, storeId === undefined ? undefined : BigInt(storeId));
  }

  /**
   * Stops a store: its connections are cut, as if its process had died.
   * By default the running stores take over the regions that it led.
   */
  async stopStore(id: bigint | number, options: StopOptions = {}): Promise<void> {
    const store = this.#store(id);
    await store.listener.stop(options.connections ?? "refuse");
    this.#state.engine.waits.end(store.id);
    const heirs = this.#stores.filter(({ listener }) => listener.isRunning);
    if (options.moveLeaders === false || heirs.length === 0) {
      return;
    }
    const led = this.#state.regions.all.filter((region) => region.leaderStoreId === store.id);
    for (const [index, region] of led.entries()) {
      this.#state.regions.setLeader(region.id, heirs[index % heirs.length]?.id);
    }
  }

  /** Starts a stopped store on the address it had. Leaders stay where they are. */
  async startStore(id: bigint | number): Promise<void> {
    await this.#store(id).listener.start();
  }

  /**
   * Stops a PD member. If it led, the next running one does, unless `moveLeader` is false.
   * @param index of the member, from 0
   */
  async stopPd(
    index: number,
    options: { readonly connections?: WhenStopped; readonly moveLeader?: boolean } = {},
  ): Promise<void> {
    await this.#member(index).listener.stop(options.connections ?? "refuse");
    if (this.#members.leader === index && options.moveLeader !== false) {
      this.#members.leader = this.#pd.find(({ listener }) => listener.isRunning)?.index;
    }
  }

  /** Starts a stopped PD member on the address it had; it leads if nobody else does. */
  async startPd(index: number): Promise<void> {
    await this.#member(index).listener.start();
    this.#members.leader ??= index;
  }

  /** @param index undefined: PD has no leader until one is named */
  movePdLeader(index: number | undefined): void {
    this.#members.leader = index === undefined ? undefined : this.#member(index).index;
  }

  /** From now on PD answers about regions as they are now, until this is disposed of. */
  freezePdRegions(): Disposable {
    this.#stale = this.#state.regions.all;
    return { [Symbol.dispose]: () => (this.#stale = undefined) };
  }

  /** Shows each call to a hook before it is executed, until what is returned is disposed of. */
  intercept(hook: Hook | Fault): Interception {
    return this.#interceptor.add(typeof hook === "function" ? hook : hookOf(hook));
  }

  /** Calls that arrived so far, of all kinds or of one, at all servers or at one store. */
  calls(rpc?: Rpc, storeId?: bigint | number): number {
    const server = storeId === undefined ? undefined : `store/${storeId}`;
    return this.#interceptor.count({ rpc, server });
  }

  /** Connections that a store accepted so far, also those it reset while it was stopped. */
  connections(storeId: bigint | number): number {
    return this.#store(storeId).listener.accepted;
  }

  /** Connections that a PD member accepted so far. */
  pdConnections(index: number): number {
    return this.#member(index).listener.accepted;
  }

  /** Cuts all connections and stops all servers. */
  async close(): Promise<void> {
    for (const { id } of this.#stores) {
      this.#state.engine.waits.end(id);
    }
    for (const { listener } of [...this.#stores, ...this.#pd]) {
      await listener.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #bound(key: Key, { raw = false }: KeyOptions): Uint8Array {
    const form = raw && this.#state.apiVersion !== "v2" ? PLAIN : ENCODED;
    return form.toBound(typeof key === "string" ? new TextEncoder().encode(key) : key);
  }

  #store(id: bigint | number): StoreNode {
    const store = this.#stores.find((node) => node.id === BigInt(id));
    if (store === undefined) {
      throw new TestkitError("ERR_ROBOFLOW_TESTKIT_ARGUMENT", `there is no store ${id}`);
    }
    return store;
  }

  #member(index: number): PdNode {
    const member = this.#pd[index];
    if (member === undefined) {
      throw new TestkitError("ERR_ROBOFLOW_TESTKIT_ARGUMENT", `there is no PD member ${index}`);
    }
    return member;
  }
}

function ids(count: number, name: string): bigint[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new TestkitError("ERR_ROBOFLOW_TESTKIT_ARGUMENT", `${name} must be 1 or more`);
  }
  return Array.from({ length: count }, (_, index) => BigInt(index + 1));
}

function serverCredentials(tls: TlsMaterial | undefined): ServerCredentials {
  if (tls === undefined) {
    return ServerCredentials.createInsecure();
  }
  return ServerCredentials.createSsl(
    tls.clientCa === undefined ? null : Buffer.from(tls.clientCa),
    [{ cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) }],
    tls.clientCa !== undefined,
  );
}
