import { setMaxListeners } from "node:events";
import { TikvError } from "../error.js";
import type { Lifetime } from "../lifetime.js";
import type { ClientHooks } from "../options.js";
import type { Backoff, BackoffReason } from "./backoff.js";
import { backoffMs } from "./table.js";

/** What the calls of one client have in common. */
export interface BackoffHost {
  readonly lifetime: Lifetime;
  readonly hooks: ClientHooks;
}

/**
 * The waits of one call. Unlike client-go's, every wait counts against the budget (there, those for
 * a busy server have ten minutes of their own), and so does the time of attempts that failed.
 */
export class CallBackoff implements Backoff {
  readonly signal: AbortSignal | undefined;
  readonly #host: BackoffHost;
  readonly #budgetMs: number;
  #usedMs: number;
  // Most calls never wait: nothing is allocated for those.
  #met: Map<BackoffReason, number> | undefined;
  #freed: Map<string, number> | undefined;

  constructor(
    host: BackoffHost,
    budgetMs: number,
    signal: AbortSignal | undefined,
    from?: {
      readonly usedMs: number;
      readonly met: ReadonlyMap<BackoffReason, number> | undefined;
    },
  ) {
    this.#host = host;
    this.#budgetMs = budgetMs;
    this.signal = signal;
    // Each part of a call that runs in parallel listens to it: no leak to warn of.
    if (signal !== undefined) setMaxListeners(0, signal);
    this.#usedMs = from?.usedMs ?? 0;
    if (from?.met !== undefined) this.#met = new Map(from.met);
  }

  get leftMs(): number {
    return Math.max(0, this.#budgetMs - this.#usedMs);
  }

  async wait(reason: BackoffReason, cause: unknown, atMostMs = Infinity): Promise<void> {
    this.#host.lifetime.check();
    throwIfAborted(this.signal);
    this.#met ??= new Map();
    const attempt = this.#met.get(reason) ?? 0;
    this.#met.set(reason, attempt + 1);
    const left = this.leftMs;
    if (left === 0) throw this.#exhausted(reason, cause);
    const ms = Math.min(backoffMs(reason, attempt, Math.random()), atMostMs, left);
    this.#usedMs += ms;
    this.#host.hooks.retry?.({ reason, waitMs: ms });
    await sleep(ms, this.signal, this.#host.lifetime);
  }

  fork(): Backoff {
    return new CallBackoff(this.#host, this.#budgetMs, this.signal, {
      usedMs: this.#usedMs,
      met: this.#met,
    });
  }

  charge(ms: number): void {
    this.#usedMs += ms;
  }

  free(what: string, times: number): boolean {
    this.#freed ??= new Map();
    const count = this.#freed.get(what) ?? 0;
    this.#freed.set(what, count + 1);
    return count < times;
  }

  #exhausted(reason: BackoffReason, cause: unknown): TikvError {
    const met = Object.fromEntries(this.#met ?? []);
    const list = Object.entries(met).map(([name, count]) => `${name} × ${count}`);
    const last = cause instanceof Error ? cause.message : String(cause);
    return new TikvError(
      reason === "pd" ? "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE" : "ERR_ROBOFLOW_TIKV_UNAVAILABLE",
      `Gave up after ${this.#budgetMs} ms of retries (${list.join(", ")}); the last was: ${last}`,
      {
        cause,
        permanence: "transient",
        met,
        hint:
          reason === "pd"
            ? "Check that PD runs at the endpoints and has a leader"
            : "Check that the cluster's stores run and can be reached from here",
      },
    );
  }
}

/** @throws TikvError `ERR_ROBOFLOW_TIKV_ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal);
}

export function aborted(signal: AbortSignal): TikvError {
  return new TikvError("ERR_ROBOFLOW_TIKV_ABORTED", "The call was aborted by its signal", {
    cause: signal.reason,
    permanence: "transient",
  });
}

/** Ends early, with the error, when the signal fires or the client closes; leaves no timer. */
async function sleep(
  ms: number,
  signal: AbortSignal | undefined,
  lifetime: Lifetime,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = (error?: TikvError): void => {
      clearTimeout(timer);
      forget();
      signal?.removeEventListener("abort", onAbort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onAbort = (): void => {
      if (signal !== undefined) end(aborted(signal));
    };
    const timer = setTimeout(end, ms);
    const forget = lifetime.onClose(() => end(lifetime.error()));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
