import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageShape,
} from "@bufbuild/protobuf";
import { metapb, pdpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import { aborted, throwIfAborted } from "../backoff/call-backoff.js";
import { TikvError } from "../error.js";
import type { Connection, TransportHost } from "../transport/connection.js";
import { callPd, type PdOutcome } from "./pd-call.js";
import { PdMembers } from "./members.js";
import type { Pd, PdRegion } from "./pd.js";
import { TimestampOracle, type TimestampWaiter } from "./timestamp-oracle.js";

/** As client-go's: PD answers in less, or another member leads. */
const PD_TIMEOUT_MS = 3000;
/** How often a call follows a leader that moved before it waits. */
const FREE_LEADER_CHANGES = 3;

type Method<Input extends DescMessage, Output extends DescMessage> = DescMethodUnary<Input, Output>;
type WithHeader = { readonly header?: pdpb.ResponseHeader | undefined };
const METHODS = pdpb.PD.method;
const { ErrorType } = pdpb;
/** The answer is then empty, which says enough. */
const HARMLESS: ReadonlySet<pdpb.ErrorType> = new Set([
  ErrorType.OK,
  ErrorType.REGION_NOT_FOUND,
  ErrorType.STORE_TOMBSTONE,
  ErrorType.ENTRY_NOT_FOUND,
]);

/** The placement driver over gRPC. */
export class PdClient implements Pd {
  readonly #members: PdMembers;
  readonly #oracle: TimestampOracle;
  readonly #timeoutMs: number;
  #batchScan: "untried" | "missing" = "untried";

  constructor(endpoints: readonly string[], host: TransportHost, requestTimeoutMs: number) {
    this.#members = new PdMembers(endpoints, host);
    this.#timeoutMs = Math.min(PD_TIMEOUT_MS, requestTimeoutMs);
    this.#oracle = new TimestampOracle(host.wheel, this.#timeoutMs, () => {
      const { leader, clusterId } = this.#members;
      return leader === undefined || clusterId === undefined
        ? undefined
        : { connection: leader, clusterId };
    });
  }

  /** @throws TikvError `ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE`, `_NOT_PD`, `_CLUSTER_MISMATCH`, `_TLS` */
  async connect(backoff: Backoff): Promise<void> {
    await this.#members.discover(backoff);
  }

  close(): void {
    this.#oracle.close();
    this.#members.close();
  }

  get clusterId(): bigint {
    return this.#members.clusterId ?? 0n;
  }

  // One promise a timestamp: nothing here is async on the usual path.
  timestamp(backoff: Backoff): Promise<bigint> {
    return new Promise((resolve, reject) => {
      this.#ask(backoff, resolve, reject);
    });
  }

  async regionByKey(backoff: Backoff, regionKey: Uint8Array): Promise<PdRegion> {
    return await this.#untilThere(backoff, METHODS.getRegion, regionKey);
  }

  async regionBefore(backoff: Backoff, regionKey: Uint8Array): Promise<PdRegion> {
    return await this.#untilThere(backoff, METHODS.getPrevRegion, regionKey);
  }

  async regionById(backoff: Backoff, id: bigint): Promise<PdRegion | undefined> {
    const reply = await this.call(backoff, METHODS.getRegionByID, (header) =>
      create(pdpb.GetRegionByIDRequestSchema, { header, regionId: id }),
    );
    return regionOf(reply);
  }

  async scanRegions(
    backoff: Backoff,
    ranges: readonly { readonly start: Uint8Array; readonly end: Uint8Array }[],
    limit: number,
  ): Promise<PdRegion[]> {
    if (this.#batchScan === "untried") {
      try {
        return await this.#batchScanRegions(backoff, ranges, limit);
      } catch (error) {
        if (!(error instanceof TikvError) || error.code !== "ERR_ROBOFLOW_TIKV_UNSUPPORTED")
          throw error;
        this.#batchScan = "missing";
      }
    }
    const regions: PdRegion[] = [];
    for (const { start, end } of ranges) {
      if (regions.length >= limit) break;
      const reply = await this.call(backoff, METHODS.scanRegions, (header) =>
        create(pdpb.ScanRegionsRequestSchema, {
          header,
          startKey: start,
          endKey: end,
          limit: limit - regions.length,
        }),
      );
      const found =
        reply.regions.length > 0
          ? reply.regions.flatMap((region) => regionOf(region) ?? [])
          : reply.regionMetas.map((region, i) => ({ region, leader: realPeer(reply.leaders[i]) }));
      regions.push(...found);
    }
    return regions;
  }

  async store(backoff: Backoff, id: bigint): Promise<metapb.Store | undefined> {
    const reply = await this.call(backoff, METHODS.getStore, (header) =>
      create(pdpb.GetStoreRequestSchema, { header, storeId: id }),
    );
    return reply.store === undefined || isTombstone(reply.store) ? undefined : reply.store;
  }

  async stores(backoff: Backoff): Promise<metapb.Store[]> {
    const reply = await this.call(backoff, METHODS.getAllStores, (header) =>
      create(pdpb.GetAllStoresRequestSchema, { header, excludeTombstoneStores: true }),
    );
    return reply.stores;
  }

  async gcSafePoint(backoff: Backoff): Promise<bigint> {
    const reply = await this.call(backoff, METHODS.getGCSafePoint, (header) =>
      create(pdpb.GetGCSafePointRequestSchema, { header }),
    );
    return reply.safePoint;
  }

  async updateGcSafePoint(backoff: Backoff, safePoint: bigint): Promise<bigint> {
    const reply = await this.call(backoff, METHODS.updateGCSafePoint, (header) =>
      create(pdpb.UpdateGCSafePointRequestSchema, { header, safePoint }),
    );
    return reply.newSafePoint;
  }

  async updateServiceSafePoint(
    backoff: Backoff,
    serviceId: string,
    ttlSeconds: bigint,
    safePoint: bigint,
  ): Promise<bigint> {
    const reply = await this.call(backoff, METHODS.updateServiceGCSafePoint, (header) =>
      create(pdpb.UpdateServiceGCSafePointRequestSchema, {
        header,
        serviceId: new TextEncoder().encode(serviceId),
        TTL: ttlSeconds,
        safePoint,
      }),
    );
    return reply.minSafePoint;
  }

  /**
   * Any unary method on the leader, until it answers.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE`, `_UNSUPPORTED`, `_PROTOCOL` and those of `connect`
   */
  async call<Input extends DescMessage, Output extends DescMessage>(
    backoff: Backoff,
    method: Method<Input, Output>,
    request: (header: { clusterId: bigint }) => MessageShape<Input>,
  ): Promise<MessageShape<Output>> {
    for (;;) {
      const leader = this.#members.leader ?? (await this.#members.discover(backoff));
      const started = performance.now();
      const message = request({ clusterId: this.clusterId });
      const outcome = await callPd(leader, method, message, this.#timeoutMs, backoff.signal);
      const trouble = troubleOf(outcome, leader);
      if (outcome.kind === "reply" && trouble === undefined) return outcome.reply;
      if (trouble?.permanence === "permanent") throw trouble;
      backoff.charge(performance.now() - started);
      await this.#recover(backoff, leader, trouble);
    }
  }

  /** Finds the leader; waits unless it is another one than before. */
  async #recover(backoff: Backoff, failed: Connection | undefined, cause: unknown): Promise<void> {
    const leader = await this.#members.discover(backoff);
    if (leader !== failed && backoff.free("pd-leader", FREE_LEADER_CHANGES)) return;
    await backoff.wait("pd", cause);
  }

  #ask(
    backoff: Backoff,
    resolve: (timestamp: bigint) => void,
    reject: (error: unknown) => void,
  ): void {
    const { signal } = backoff;
    const { leader } = this.#members;
    const started = performance.now();
    const waiter: TimestampWaiter = {
      onTimestamp: (timestamp) => {
        signal?.removeEventListener("abort", onAbort);
        resolve(timestamp);
      },
      onFailure: (failure) => {
        signal?.removeEventListener("abort", onAbort);
        if (failure.error.permanence === "permanent") {
          reject(failure.error);
          return;
        }
        backoff.charge(performance.now() - started);
        this.#recover(backoff, leader, failure.error).then(
          () => this.#ask(backoff, resolve, reject),
          reject,
        );
      },
    };
    const onAbort = (): void => {
      this.#oracle.forget(waiter);
      if (signal !== undefined) reject(aborted(signal));
    };
    if (signal !== undefined) {
      try {
        throwIfAborted(signal);
      } catch (error) {
        reject(error);
        return;
      }
      signal.addEventListener("abort", onAbort, { once: true });
    }
    this.#oracle.ask(waiter);
  }

  async #batchScanRegions(
    backoff: Backoff,
    ranges: readonly { readonly start: Uint8Array; readonly end: Uint8Array }[],
    limit: number,
  ): Promise<PdRegion[]> {
    const reply = await this.call(backoff, METHODS.batchScanRegions, (header) =>
      create(pdpb.BatchScanRegionsRequestSchema, {
        header,
        ranges: ranges.map(({ start, end }) => ({ startKey: start, endKey: end })),
        limit,
      }),
    );
    return reply.regions.flatMap((region) => regionOf(region) ?? []);
  }

  /** Between two heartbeats a key may have no region at PD: that passes. */
  async #untilThere(
    backoff: Backoff,
    method: Method<typeof pdpb.GetRegionRequestSchema, typeof pdpb.GetRegionResponseSchema>,
    regionKey: Uint8Array,
  ): Promise<PdRegion> {
    for (;;) {
      const reply = await this.call(backoff, method, (header) =>
        create(pdpb.GetRegionRequestSchema, { header, regionKey }),
      );
      const region = regionOf(reply);
      if (region !== undefined) return region;
      await backoff.wait("region-miss", "PD knows no region for a key");
    }
  }
}

/** PD's own errors come in the header, what is wrong on the way as a failure. */
function troubleOf(outcome: PdOutcome<unknown>, leader: Connection): TikvError | undefined {
  if (outcome.kind === "failed") return outcome.failure.error;
  const error = (outcome.reply as WithHeader).header?.error;
  if (error === undefined || HARMLESS.has(error.type)) return undefined;
  // PD has no type for it.
  if (/invalid store ID .*not found/u.test(error.message)) return undefined;
  const what = `PD at ${leader.address} answers ${ErrorType[error.type]}: ${error.message}`;
  return new TikvError("ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE", what, { permanence: "transient" });
}

function regionOf(reply: {
  readonly region?: metapb.Region | undefined;
  readonly leader?: metapb.Peer | undefined;
}): PdRegion | undefined {
  const { region } = reply;
  if (region === undefined || region.peers.length === 0) return undefined;
  return { region, leader: realPeer(reply.leader) };
}

/** PD sends an empty peer for none. */
function realPeer(peer: metapb.Peer | undefined): metapb.Peer | undefined {
  return peer === undefined || peer.id === 0n ? undefined : peer;
}

/** Gone for good. */
function isTombstone(store: metapb.Store): boolean {
  return (
    store.state === metapb.StoreState.Tombstone || store.nodeState === metapb.NodeState.Removed
  );
}
