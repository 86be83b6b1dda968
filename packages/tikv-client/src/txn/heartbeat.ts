import { commands, physicalOf } from "@roboflow/tikv-proto";
import type { Cluster } from "../cluster.js";
import { keyFailure } from "./key-error.js";

/** How long a lock that is kept alive lives after its last heartbeat, ms (client-go's). */
export const KEPT_LOCK_MS = 20_000;
/** No transaction is kept alive for longer, ms (client-go's). */
const LONGEST_MS = 3_600_000;
const BUDGET_MS = 20_000;
const FAILURES = 10;

/** The transactions of one client that are kept alive, so that closing it ends them all. */
export class Heartbeats {
  readonly #cluster: Cluster;
  readonly #beating = new Set<Heartbeat>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** @param everyMs how often; less than half of what the lock lives */
  start(startTs: bigint, primary: Uint8Array, everyMs = KEPT_LOCK_MS / 2): Heartbeat {
    const heartbeat = new Heartbeat(this.#cluster, startTs, primary, everyMs, () => {
      this.#beating.delete(heartbeat);
    });
    this.#beating.add(heartbeat);
    return heartbeat;
  }

  stop(): void {
    for (const heartbeat of this.#beating) heartbeat.stop();
  }
}

/** Extends the life of a transaction's primary lock, by which that of all its locks is judged. */
export class Heartbeat {
  readonly #cluster: Cluster;
  readonly #startTs: bigint;
  readonly #primary: Uint8Array;
  readonly #everyMs: number;
  readonly #onStop: () => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failures = 0;

  constructor(
    cluster: Cluster,
    startTs: bigint,
    primary: Uint8Array,
    everyMs: number,
    onStop: () => void,
  ) {
    this.#cluster = cluster;
    this.#startTs = startTs;
    this.#primary = primary;
    this.#everyMs = everyMs;
    this.#onStop = onStop;
    this.#schedule();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#onStop();
  }

  #schedule(): void {
    // A process may end: its locks expire then.
    this.#timer = setTimeout(() => void this.#beat(), this.#everyMs).unref();
  }

  async #beat(): Promise<void> {
    try {
      if (!(await this.#send())) {
        this.stop();
        return;
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#cluster.options.logger.debug("A lock's heartbeat failed", { error });
      if (this.#failures >= FAILURES) this.stop();
    }
    if (!this.#stopped) this.#schedule();
  }

  /** False: the lock is gone, or has lived for long enough. */
  async #send(): Promise<boolean> {
    const backoff = this.#cluster.backoff(BUDGET_MS);
    const now = await this.#cluster.pd.timestamp(backoff);
    const lived = Number(physicalOf(now) - physicalOf(this.#startTs));
    if (lived > LONGEST_MS || this.#stopped) return false;
    const reply = await this.#cluster.sendToKey(backoff, this.#primary, commands.txnHeartBeat, {
      primaryLock: this.#primary,
      startVersion: this.#startTs,
      adviseLockTtl: BigInt(lived + KEPT_LOCK_MS),
    });
    if (reply.error !== undefined) {
      const error = keyFailure(this.#cluster.codec, reply.error);
      this.#cluster.options.logger.debug("A lock that was kept alive is gone", { error });
      return false;
    }
    return true;
  }
}
