import type { Progress } from "./conversion.js";
import type { StoreHealth } from "./store-contact.js";
import type { WorkerRole } from "./worker-role.js";

/** One job that a worker has in hand. */
export interface JobHealth {
  readonly jobId: string;
  /** Lease epoch. */
  readonly attempt: number;
  /** `storing`: done, and its outcome waits to be written to the store. */
  readonly phase: "converting" | "storing";
  readonly progress: Progress | undefined;
}

/** `starting`: not yet registered. `draining`: takes no more jobs. */
export type WorkerMode = "starting" | "working" | "draining" | "stopped";

export type Verdict =
  | { readonly ok: true }
  /** For people: what is wrong. */
  | { readonly ok: false; readonly reason: string };

/** How a worker process is. A store that is away makes it unready, never dead. */
export interface WorkerHealth {
  /** Its id in the store. */
  readonly worker: string;
  readonly roles: readonly WorkerRole[];
  readonly mode: WorkerMode;
  readonly store: StoreHealth;
  readonly jobs: readonly JobHealth[];
  /** Jobs of which the outcome waits for the store. */
  readonly waitingResults: number;
  /** Whether it assembles or publishes a batch. */
  readonly finalizing: boolean;
  /** False if a loop is stuck: only a restart helps. */
  readonly live: Verdict;
  /** Whether it takes work. */
  readonly ready: Verdict;
}

export function readiness(mode: WorkerMode, store: StoreHealth): Verdict {
  if (mode !== "working") return { ok: false, reason: `the worker is ${mode}` };
  if (store.state === "reachable") return { ok: true };
  const seconds = Math.round(store.sinceMs / 1000);
  return { ok: false, reason: `the store is away for ${seconds} s: ${store.lastError.message}` };
}

/** @param loops each loop of the worker by name, with how long it has been stuck */
export function liveness(loops: Readonly<Record<string, number | undefined>>): Verdict {
  const stuck = Object.entries(loops).flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name} is stuck for ${Math.round(ms / 1000)} s`],
  );
  return stuck.length === 0 ? { ok: true } : { ok: false, reason: stuck.join(", ") };
}
