import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createCertificates,
  TestCluster,
  type Action,
  type StoreCall,
} from "@roboflow/tikv-testkit";
import type { TlsOptions } from "../../src/options.js";
import type {
  Capability,
  ControlledCluster,
  FaultKind,
  FaultSpec,
  FoundLock,
  StartOptions,
} from "./controlled-cluster.js";
import { Uncontrolled, uniquePrefix } from "./uncontrolled.js";

/** The testkit, in the process of the test. */
export class TestkitCluster extends Uncontrolled implements ControlledCluster {
  static readonly can: ReadonlySet<Capability> = new Set<Capability>([
    "split",
    "merge",
    "move-leader",
    "stop-store",
    "stop-pd",
    "several-pd",
    "fault",
    "lost-answer",
    "list-locks",
    "count-calls",
    "clock",
    "raw",
    "tls",
    "api-v2",
    "ttl",
    "empty-values",
    "lock-records",
    "gc",
  ]);

  readonly name = "testkit";
  readonly can = TestkitCluster.can;
  readonly tls: TlsOptions | undefined;
  readonly prefix = uniquePrefix();
  readonly #cluster: TestCluster;
  readonly #faults = new Set<Disposable>();

  readonly #files: string | undefined;

  private constructor(cluster: TestCluster, files?: string) {
    super();
    this.#cluster = cluster;
    this.#files = files;
    this.tls = files === undefined ? undefined : pathsIn(files);
  }

  static async start(options: StartOptions): Promise<TestkitCluster> {
    const { stores = 1, pdMembers = 1, apiVersion = "v1" } = options;
    const start = { stores, pdMembers, apiVersion };
    if (options.tls !== true) return new TestkitCluster(await TestCluster.start(start));
    const { ca, server, client } = createCertificates();
    const files = mkdtempSync(join(tmpdir(), "tikv-suite-"));
    const paths = pathsIn(files);
    writeFileSync(paths.ca, ca);
    writeFileSync(paths.cert, client.cert);
    writeFileSync(paths.key, client.key);
    const cluster = await TestCluster.start({ ...start, tls: { ...server, clientCa: ca } });
    return new TestkitCluster(cluster, files);
  }

  get endpoints(): readonly string[] {
    return this.#cluster.endpoints;
  }

  get storeIds(): readonly bigint[] {
    return this.#cluster.stores.map(({ id }) => id);
  }

  override async split(
    key: Uint8Array | string,
    options: { readonly raw?: boolean } = {},
  ): Promise<void> {
    this.#cluster.split(key, options);
  }

  override async merge(key: Uint8Array | string): Promise<void> {
    this.#cluster.merge(key);
  }

  override async leaderOf(key: Uint8Array | string): Promise<bigint> {
    const { id, leaderStoreId } = this.#cluster.regionOf(key);
    if (leaderStoreId === undefined) throw new Error(`region ${id} has no leader`);
    return leaderStoreId;
  }

  override async moveLeader(key: Uint8Array | string, storeId?: bigint): Promise<void> {
    const now = await this.leaderOf(key);
    const store = storeId ?? this.storeIds.find((other) => other !== now);
    if (store === undefined) throw new Error("there is no other store");
    this.#cluster.moveLeader(key, store);
  }

  override async stopStore(id: bigint, { keepLeaders = false } = {}): Promise<void> {
    await this.#cluster.stopStore(id, { moveLeaders: !keepLeaders });
  }

  override async startStore(id: bigint): Promise<void> {
    await this.#cluster.startStore(id);
  }

  override async stopPd(): Promise<void> {
    for (const index of this.endpoints.keys()) await this.#cluster.stopPd(index);
  }

  override async startPd(): Promise<void> {
    for (const index of this.endpoints.keys()) await this.#cluster.startPd(index);
  }

  override async stopPdLeader(): Promise<void> {
    const leader = this.#cluster.pdLeader;
    if (leader === undefined) throw new Error("PD has no leader");
    await this.#cluster.stopPd(leader);
  }

  override async fault({ kind, rpc, storeId, times = 1, ms = 0 }: FaultSpec): Promise<void> {
    let left = times;
    const hook = this.#cluster.intercept((call) => {
      if (left === 0 || call.server !== "store") return undefined;
      if (rpc !== undefined && call.rpc !== rpc) return undefined;
      if (storeId !== undefined && call.id !== storeId) return undefined;
      left -= 1;
      return actionOf(kind, ms, call);
    });
    this.#faults.add(hook);
  }

  override async clearFaults(): Promise<void> {
    for (const fault of this.#faults) fault[Symbol.dispose]();
    this.#faults.clear();
  }

  override async locks(): Promise<FoundLock[]> {
    return this.#cluster.locks().map(({ key, primary, startTs, kind, asyncCommit }) => ({
      key,
      primary,
      startTs,
      type: kind,
      asyncCommit,
    }));
  }

  override async advanceClock(ms: number): Promise<void> {
    this.#cluster.clock.advance(ms);
  }

  override async calls(rpc: string): Promise<number> {
    return this.#cluster.calls(rpc as StoreCall["rpc"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster.close();
    if (this.#files !== undefined) rmSync(this.#files, { recursive: true });
  }
}

/** Where a client finds its certificates. */
function pathsIn(files: string): {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
} {
  return { ca: join(files, "ca.pem"), cert: join(files, "cert.pem"), key: join(files, "key.pem") };
}

function actionOf(kind: FaultKind, ms: number, { request }: StoreCall): Action {
  const message = `injected: ${kind}`;
  const regionId = "context" in request ? (request.context?.regionId ?? 0n) : 0n;
  switch (kind) {
    case "unavailable":
      return { kind };
    case "lost-answer":
      return { kind: "disconnect" };
    case "delay":
      return { kind, ms };
    case "server-is-busy":
      return {
        kind: "region-error",
        error: { message, serverIsBusy: { reason: message, backoffMs: BigInt(ms) } },
      };
    case "stale-command":
      return { kind: "region-error", error: { message, staleCommand: {} } };
    case "not-leader":
      return { kind: "region-error", error: { message, notLeader: { regionId } } };
    case "region-not-found":
      return { kind: "region-error", error: { message, regionNotFound: { regionId } } };
    case "epoch-not-match":
      return { kind: "region-error", error: { message, epochNotMatch: {} } };
    case "max-timestamp-not-synced":
      return { kind: "region-error", error: { message, maxTimestampNotSynced: {} } };
  }
}
