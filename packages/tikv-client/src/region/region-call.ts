import { encodeContext, type Command, type errorpb, type RegionReply } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import { aborted } from "../backoff/call-backoff.js";
import type { SendOptions, Sent } from "../cluster.js";
import { TikvError } from "../error.js";
import type { Lifetime } from "../lifetime.js";
import type { ClientHooks } from "../options.js";
import { RpcCall } from "../transport/rpc-call.js";
import type { RpcFailure } from "../transport/rpc-failure.js";
import { PeerSelector } from "./peer-selector.js";
import type { RegionCache } from "./region-cache.js";
import type { RegionEntry } from "./region-entry.js";
import { reactTo, type Reaction } from "./region-error.js";
import type { Store } from "./store.js";
import type { Stores } from "./stores.js";

/** What all sends of a client share. */
export interface RegionCallHost {
  readonly cache: RegionCache;
  readonly stores: Stores;
  readonly lifetime: Lifetime;
  readonly hooks: ClientHooks;
  readonly requestTimeoutMs: number;
}

/** An attempt may take as long even when the call's budget is nearly used up. */
const LEAST_TIMEOUT_MS = 1_000;
const STALE = { kind: "stale" } as const;
const RETRY = encodeContext({ isRetryRequest: true });
/** How often one call follows what servers say without a wait: they may contradict each other. */
const FREE_LEADERS = 3;
const FREE_EPOCHS = 5;

/**
 * One send of a command to a region: chooses the peer, reads region errors, tries again. On the
 * usual path it costs this object and the promise that its caller made.
 */
export class RegionCall<Request, Reply extends RegionReply> extends RpcCall {
  readonly rpc: string;
  readonly batchField: number | undefined;
  readonly body: Uint8Array;
  context: Uint8Array;
  readonly #host: RegionCallHost;
  readonly #backoff: Backoff;
  readonly #region: RegionEntry;
  readonly #command: Command<Request, Reply>;
  readonly #options: SendOptions | undefined;
  readonly #resolve: (sent: Sent<Reply>) => void;
  readonly #reject: (error: unknown) => void;
  #selector: PeerSelector | undefined;
  #peerIndex = 0;
  #store: Store | undefined;
  #startedAt = 0;
  #started: unknown;
  #settled = false;
  #onAbort: (() => void) | undefined;

  constructor(
    host: RegionCallHost,
    backoff: Backoff,
    region: RegionEntry,
    command: Command<Request, Reply>,
    request: Request,
    options: SendOptions | undefined,
    resolve: (sent: Sent<Reply>) => void,
    reject: (error: unknown) => void,
  ) {
    super();
    this.#host = host;
    this.#backoff = backoff;
    this.#region = region;
    this.#command = command;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.rpc = command.rpc;
    this.batchField = command.batchField;
    this.body = command.encode(request);
    this.context = this.body;
  }

  start(): void {
    const { signal } = this.#backoff;
    if (signal !== undefined) {
      if (signal.aborted) {
        this.#end(aborted(signal));
        return;
      }
      this.#onAbort = () => {
        if (this.holder !== undefined) {
          this.#report("failed");
          if (this.sent) this.#options?.onLostAnswer?.();
        }
        this.abandon();
        this.#end(aborted(signal));
      };
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
    this.#try(this.#region.leaderIndex);
  }

  override onReply(bytes: Uint8Array): void {
    let reply: Reply;
    try {
      reply = this.#command.decode(bytes);
    } catch (cause) {
      this.#report("failed");
      this.#options?.onLostAnswer?.();
      const what = `${this.#where()}: an answer to ${this.rpc} that can't be read`;
      this.#end(new TikvError("ERR_ROBOFLOW_TIKV_PROTOCOL", what, { cause }));
      return;
    }
    if (reply.regionError !== undefined) {
      this.#report("region-error");
      this.#slowly(this.#onRegionError(reply.regionError));
      return;
    }
    this.#report("ok");
    // A follower that answers has become the leader.
    const peer = this.#region.peers[this.#peerIndex];
    if (peer !== undefined && this.#peerIndex !== this.#region.leaderIndex) {
      this.#region.setLeader(peer);
    }
    this.#finish({ kind: "reply", reply });
  }

  override onFailure(failure: RpcFailure): void {
    this.#report("failed");
    if (failure.executed === "unknown") this.#options?.onLostAnswer?.();
    if (failure.error.permanence === "permanent") {
      this.#end(failure.error);
      return;
    }
    this.#slowly(this.#onSendFailure(failure));
  }

  #try(peerIndex: number): void {
    if (this.#settled) return;
    if (this.#host.lifetime.closed) {
      this.#end(this.#host.lifetime.error());
      return;
    }
    if (!this.#region.valid) {
      this.#finish(STALE);
      return;
    }
    const store = this.#region.stores[peerIndex];
    if (store === undefined) {
      this.#slowly(this.#loadStore(peerIndex));
      return;
    }
    this.#peerIndex = peerIndex;
    this.#store = store;
    this.context = this.#contextOf(peerIndex);
    this.#startedAt = performance.now();
    this.#started = this.#host.hooks.requestStart?.({ rpc: this.rpc, address: store.address });
    const timeoutMs = this.#options?.timeoutMs ?? this.#host.requestTimeoutMs;
    // Not beyond the call's budget, but never so short that a healthy store can't answer.
    const leftMs = Math.max(this.#backoff.leftMs, LEAST_TIMEOUT_MS);
    store.connection().submit(this, Math.min(timeoutMs, leftMs));
  }

  /** A field that is set twice has its last value, and repeated ones add up: so bytes can be joined. */
  #contextOf(peerIndex: number): Uint8Array {
    const context = this.#region.context(peerIndex);
    const { resolvedLocks, committedLocks, isRetry } = this.#options ?? {};
    const retry = isRetry === true || this.#selector !== undefined;
    const locks = (resolvedLocks?.length ?? 0) > 0 || (committedLocks?.length ?? 0) > 0;
    if (!retry && !locks) return context;
    const parts = [context];
    if (retry) parts.push(RETRY);
    if (locks) {
      parts.push(
        encodeContext({
          resolvedLocks: [...(resolvedLocks ?? [])],
          committedLocks: [...(committedLocks ?? [])],
        }),
      );
    }
    return Buffer.concat(parts);
  }

  async #loadStore(peerIndex: number): Promise<void> {
    const peer = this.#region.peers[peerIndex];
    if (peer === undefined) {
      await this.#reload("the region has no peers");
      return;
    }
    const store = await this.#host.stores.load(this.#backoff, peer.storeId);
    if (store === undefined) {
      this.#ensureSelector().exclude(peerIndex);
      await this.#tryNext(`store ${peer.storeId} is gone`);
      return;
    }
    this.#region.stores[peerIndex] = store;
    this.#try(peerIndex);
  }

  async #onSendFailure(failure: RpcFailure): Promise<void> {
    this.#backoff.charge(performance.now() - this.#startedAt);
    const selector = this.#ensureSelector();
    selector.tried(this.#peerIndex);
    selector.exclude(this.#peerIndex);
    const next = selector.next();
    if (next !== undefined && this.#backoff.leftMs > 0) {
      this.#try(next);
      return;
    }
    await this.#backoff.wait("tikv-rpc", failure.error);
    // Perhaps the store is up again at another address, and its old one stays silent.
    const id = this.#store?.id;
    if (id !== undefined) await this.#host.stores.refresh(this.#backoff, id);
    this.#stale();
  }

  async #onRegionError(error: errorpb.Error): Promise<void> {
    const { name, reaction } = reactTo(error);
    const cause = `${this.#where()}: ${name} for ${this.rpc} in region ${this.#region.id}`;
    const selector = this.#ensureSelector();
    selector.tried(this.#peerIndex);
    await this.#react(reaction, cause, selector, error);
  }

  async #react(
    reaction: Reaction,
    cause: string,
    selector: PeerSelector,
    error: errorpb.Error,
  ): Promise<void> {
    const backoff = this.#backoff;
    switch (reaction.kind) {
      case "same-peer":
        await backoff.wait(reaction.wait, cause, reaction.atMostMs);
        await this.#tryNext(cause);
        return;
      case "next-peer":
        selector.exclude(this.#peerIndex);
        await backoff.wait(reaction.wait, cause);
        await this.#tryNext(cause);
        return;
      case "leader": {
        selector.exclude(this.#peerIndex);
        if (!this.#region.setLeader(reaction.leader)) {
          await this.#reload(cause);
          return;
        }
        selector.named(this.#region.leaderIndex);
        if (!backoff.free("leader", FREE_LEADERS)) await backoff.wait("update-leader", cause);
        await this.#tryNext(cause);
        return;
      }
      case "regions":
        await this.#onEpochNotMatch(reaction.regions, cause);
        return;
      case "reload":
        this.#host.cache.invalidate(this.#region);
        if (!backoff.free(`reload ${reaction.wait}`, reaction.free)) {
          await backoff.wait(reaction.wait, cause);
        }
        this.#stale();
        return;
      case "other-store": {
        this.#host.cache.invalidate(this.#region);
        const id = this.#store?.id;
        if (id !== undefined) await this.#host.stores.reload(backoff, id);
        if (!backoff.free("other-store", 1)) await backoff.wait("region-miss", cause);
        this.#stale();
        return;
      }
      case "undetermined":
        this.#options?.onLostAnswer?.();
        await backoff.wait("region-scheduling", cause);
        await this.#tryNext(cause);
        return;
      case "fail":
        throw new TikvError(reaction.code, `${cause}: ${reaction.what}`, {
          cause: error.message,
          ...(reaction.code === "ERR_ROBOFLOW_TIKV_UNAVAILABLE"
            ? { permanence: "transient" as const }
            : {}),
        });
    }
  }

  async #onEpochNotMatch(
    regions: Extract<Reaction, { kind: "regions" }>["regions"],
    cause: string,
  ): Promise<void> {
    const { id, epoch } = this.#region;
    const same = regions.find((region) => region.id === id)?.regionEpoch;
    if (same !== undefined && (same.version < epoch.version || same.confVer < epoch.confVer)) {
      // The store has not heard yet of what PD has told.
      await this.#backoff.wait("region-miss", `${cause}: the store is behind`);
      await this.#tryNext(cause);
      return;
    }
    this.#host.cache.invalidate(this.#region);
    this.#host.cache.insertFromServer(regions, this.#store?.id ?? 0n);
    if (!this.#backoff.free("epoch", FREE_EPOCHS)) await this.#backoff.wait("region-miss", cause);
    this.#stale();
  }

  async #tryNext(cause: string): Promise<void> {
    const next = this.#ensureSelector().next();
    if (next === undefined) await this.#reload(cause);
    else this.#try(next);
  }

  /** Every peer has been asked in turn. */
  async #reload(cause: string): Promise<void> {
    this.#host.cache.invalidate(this.#region);
    await this.#backoff.wait("region-miss", cause);
    this.#stale();
  }

  #stale(): void {
    this.#host.cache.invalidate(this.#region);
    this.#finish(STALE);
  }

  #ensureSelector(): PeerSelector {
    this.#selector ??= new PeerSelector(this.#region);
    return this.#selector;
  }

  #slowly(work: Promise<void>): void {
    work.catch((error: unknown) => this.#end(error));
  }

  #finish(sent: Sent<Reply>): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#forgetSignal();
    this.#resolve(sent);
  }

  #end(error: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#forgetSignal();
    this.#reject(error);
  }

  #forgetSignal(): void {
    if (this.#onAbort !== undefined) {
      this.#backoff.signal?.removeEventListener("abort", this.#onAbort);
    }
  }

  #report(outcome: "ok" | "region-error" | "failed"): void {
    this.#host.hooks.request?.({
      rpc: this.rpc,
      address: this.#store?.address ?? "",
      seconds: (performance.now() - this.#startedAt) / 1000,
      outcome,
      started: this.#started,
    });
  }

  #where(): string {
    return `store ${this.#store?.id ?? "?"} at ${this.#store?.address ?? "?"}`;
  }
}
