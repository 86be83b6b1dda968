import { commands } from "@roboflow/tikv-proto";
import type { Backoff } from "../../backoff/backoff.js";
import type { Cluster } from "../../cluster.js";
import type { LockResolver } from "../lock-resolver/lock-resolver.js";
import type { SafePoint } from "../safe-point.js";
import { batchRead, type ReadView } from "./batch-read.js";
import { lockOf } from "./lock-of.js";
import { ReadLocks } from "./read-locks.js";

/** client-go's budget of a read, ms. */
const READ_BUDGET_MS = 20_000;

export interface ReadEnvironment {
  readonly cluster: Cluster;
  readonly resolver: LockResolver;
  readonly safePoint: SafePoint;
}

/** Reads by physical key what was committed at `version`. */
export class Reader implements ReadView {
  readonly cluster: Cluster;
  readonly version: bigint;
  readonly locks: ReadLocks;
  readonly #safePoint: SafePoint;

  constructor(environment: ReadEnvironment, version: bigint) {
    this.cluster = environment.cluster;
    this.version = version;
    this.#safePoint = environment.safePoint;
    this.locks = new ReadLocks(environment.resolver, version);
  }

  async get(key: Uint8Array, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    const { cluster, version } = this;
    const backoff = cluster.backoff(READ_BUDGET_MS, signal);
    const stale = this.#safePoint.check(version, signal);
    if (stale !== undefined) await stale;
    const request = { key, version };
    for (;;) {
      const region = cluster.cachedRegion(key) ?? (await cluster.locate(backoff, key));
      const sent = await cluster.send(backoff, region, commands.get, request, this.locks.options);
      if (sent.kind === "stale") continue;
      const { reply } = sent;
      if (reply.error !== undefined) {
        await this.locks.meet(backoff, [lockOf(cluster, reply.error)]);
        continue;
      }
      const late = this.recheck(signal);
      if (late !== undefined) await late;
      return reply.notFound ? undefined : reply.value;
    }
  }

  async batchGet(
    keys: readonly Uint8Array[],
    signal: AbortSignal | undefined,
  ): Promise<(Uint8Array | undefined)[]> {
    const stale = this.#safePoint.check(this.version, signal);
    if (stale !== undefined) await stale;
    const values = await batchRead(this, this.backoff(signal), keys);
    const late = this.recheck(signal);
    if (late !== undefined) await late;
    return values;
  }

  backoff(signal: AbortSignal | undefined): Backoff {
    return this.cluster.backoff(READ_BUDGET_MS, signal);
  }

  /**
   * Collection may have begun while a read was under way.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_SAFE_POINT`
   */
  recheck(signal: AbortSignal | undefined): Promise<void> | undefined {
    return this.#safePoint.check(this.version, signal);
  }
}
