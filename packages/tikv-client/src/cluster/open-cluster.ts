import { create } from "@bufbuild/protobuf";
import { compareBytes, keyspacepb, type Command, type RegionReply } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import { CallBackoff } from "../backoff/call-backoff.js";
import type { Cluster, RegionGroup, SendOptions, Sent } from "../cluster.js";
import { TikvError } from "../error.js";
import { keyCodecV1, keyCodecV2, type KeyCodec, type Mode } from "../key-codec.js";
import { Lifetime } from "../lifetime.js";
import { resolveOptions, type ClientOptions, type ResolvedOptions } from "../options.js";
import { PdClient } from "../pd/pd-client.js";
import { RegionCache } from "../region/region-cache.js";
import { RegionCall, type RegionCallHost } from "../region/region-call.js";
import { RegionEntry } from "../region/region-entry.js";
import type { Region } from "../region/region.js";
import { Stores } from "../region/stores.js";
import type { TransportHost } from "../transport/connection.js";
import { TimerWheel } from "../transport/timer-wheel.js";

/** A cluster that can be closed. */
export interface OpenCluster extends Cluster, AsyncDisposable {
  readonly closed: boolean;
  /** Fails what is under way with `ERR_ROBOFLOW_TIKV_CLOSED` and leaves no handle open. */
  close(): Promise<void>;
}

/**
 * Finds PD and, with API v2, the keyspace.
 * @throws TikvError `ERR_ROBOFLOW_TIKV_ENDPOINTS`, `_ARGUMENT`, `_PD_UNAVAILABLE`, `_NOT_PD`,
 * `_CLUSTER_MISMATCH`, `_TLS`, `_KEYSPACE`, `_ABORTED`
 */
export async function openCluster(options: ClientOptions, mode: Mode): Promise<OpenCluster> {
  const resolved = resolveOptions(options);
  if (mode === "txn" && resolved.apiVersion === "v1ttl") {
    throw new TikvError("ERR_ROBOFLOW_TIKV_ARGUMENT", "API v1ttl is for raw clients only", {
      hint: "Use v1 or v2 for transactions",
    });
  }
  const lifetime = new Lifetime();
  const wheel = new TimerWheel();
  const { tls, hooks, logger } = resolved;
  const host: TransportHost = { tls, wheel, hooks, logger };
  const pd = new PdClient(resolved.endpoints, host, resolved.requestTimeoutMs);
  lifetime.onClose(() => {
    pd.close();
    wheel.close();
  });
  const backoff = new CallBackoff({ lifetime, hooks }, resolved.connectTimeoutMs, options.signal);
  try {
    await pd.connect(backoff);
    const codec = await codecOf(resolved, mode, pd, backoff);
    return new TikvCluster(resolved, lifetime, pd, codec, host);
  } catch (error) {
    lifetime.close();
    throw error;
  }
}

async function codecOf(
  options: ResolvedOptions,
  mode: Mode,
  pd: PdClient,
  backoff: Backoff,
): Promise<KeyCodec> {
  if (options.apiVersion !== "v2") return keyCodecV1(mode, options.apiVersion);
  const name = options.keyspace;
  const { loadKeyspace } = keyspacepb.Keyspace.method;
  const reply = await pd.call(backoff, loadKeyspace, (header) =>
    create(keyspacepb.LoadKeyspaceRequestSchema, { header, name }),
  );
  const { keyspace } = reply;
  if (keyspace === undefined || keyspace.state !== keyspacepb.KeyspaceState.ENABLED) {
    const state =
      keyspace === undefined ? "does not exist" : `is ${keyspacepb.KeyspaceState[keyspace.state]}`;
    throw new TikvError("ERR_ROBOFLOW_TIKV_KEYSPACE", `Keyspace "${name}" ${state}`, {
      hint: "Create it with pd-ctl, or name another one",
    });
  }
  return keyCodecV2(mode, keyspace.id);
}

class TikvCluster implements OpenCluster {
  readonly pd: PdClient;
  readonly codec: KeyCodec;
  readonly options: ResolvedOptions;
  readonly #lifetime: Lifetime;
  readonly #cache: RegionCache;
  readonly #host: RegionCallHost;

  constructor(
    options: ResolvedOptions,
    lifetime: Lifetime,
    pd: PdClient,
    codec: KeyCodec,
    transport: TransportHost,
  ) {
    this.pd = pd;
    this.codec = codec;
    this.options = options;
    this.#lifetime = lifetime;
    this.#cache = new RegionCache(pd, codec, options.hooks);
    const stores = new Stores(pd, transport, options.connectionsPerStore);
    lifetime.onClose(() => stores.close());
    this.#host = {
      cache: this.#cache,
      stores,
      lifetime,
      hooks: options.hooks,
      requestTimeoutMs: options.requestTimeoutMs,
    };
  }

  get closed(): boolean {
    return this.#lifetime.closed;
  }

  backoff(budgetMs: number, signal?: AbortSignal): Backoff {
    this.#lifetime.check();
    return new CallBackoff(
      { lifetime: this.#lifetime, hooks: this.options.hooks },
      budgetMs,
      signal,
    );
  }

  cachedRegion(key: Uint8Array): Region | undefined {
    return this.#cache.find(key);
  }

  async locate(backoff: Backoff, key: Uint8Array): Promise<Region> {
    return await this.#cache.locate(backoff, key);
  }

  async locateBefore(backoff: Backoff, key: Uint8Array): Promise<Region> {
    return await this.#cache.locateBefore(backoff, key);
  }

  async group(backoff: Backoff, keys: readonly Uint8Array[]): Promise<RegionGroup[]> {
    const order = ascending(keys);
    const groups: { readonly region: RegionEntry; readonly indexes: number[] }[] = [];
    let fetched = -1;
    for (let at = 0; at < order.length;) {
      const index = order[at] ?? 0;
      const key = keys[index] ?? EMPTY;
      const last = groups.at(-1);
      if (last?.region.contains(key) === true) {
        last.indexes.push(index);
        at++;
        continue;
      }
      let region = this.#cache.find(key);
      if (region === undefined && at + 1 < order.length && fetched < at) {
        fetched = at;
        await this.#cache.prefetch(backoff, key, keys[order.at(-1) ?? 0] ?? EMPTY);
        region = this.#cache.find(key);
      }
      region ??= await this.#cache.locate(backoff, key);
      groups.push({ region, indexes: [] });
    }
    return groups;
  }

  // Not async: the promise that it makes is the only one of a request on its usual way.
  send<Request, Reply extends RegionReply>(
    backoff: Backoff,
    region: Region,
    command: Command<Request, Reply>,
    request: Request,
    options?: SendOptions,
  ): Promise<Sent<Reply>> {
    return new Promise((resolve, reject) => {
      if (!(region instanceof RegionEntry)) {
        throw new TikvError("ERR_ROBOFLOW_TIKV_ARGUMENT", "The region is not of this cluster");
      }
      new RegionCall(
        this.#host,
        backoff,
        region,
        command,
        request,
        options,
        resolve,
        reject,
      ).start();
    });
  }

  async sendToKey<Request, Reply extends RegionReply>(
    backoff: Backoff,
    key: Uint8Array,
    command: Command<Request, Reply>,
    request: Request,
    options?: SendOptions,
  ): Promise<Reply> {
    let again = options;
    for (;;) {
      const region = this.#cache.find(key) ?? (await this.#cache.locate(backoff, key));
      const sent = await this.send(backoff, region, command, request, again);
      if (sent.kind === "reply") return sent.reply;
      again = { ...options, isRetry: true };
    }
  }

  async close(): Promise<void> {
    this.#lifetime.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const EMPTY = new Uint8Array(0);

/** Indexes of `keys` in ascending order of keys; mostly they are given so. */
function ascending(keys: readonly Uint8Array[]): number[] {
  const order = keys.map((_, index) => index);
  const at = (index: number): Uint8Array => keys[index] ?? EMPTY;
  const sorted = order.every((index) => index === 0 || compareBytes(at(index - 1), at(index)) <= 0);
  return sorted ? order : order.sort((a, b) => compareBytes(at(a), at(b)));
}
