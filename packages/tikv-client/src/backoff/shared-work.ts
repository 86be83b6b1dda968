import type { Backoff } from "./backoff.js";
import { aborted, throwIfAborted } from "./call-backoff.js";

/**
 * Waits for what another call is finding out, however that ends, within this call's own signal and
 * budget: a failure's time counts against it, so that callers that share one never queue up for
 * each other's budgets.
 * @throws TikvError `ERR_ROBOFLOW_TIKV_ABORTED`, `_PD_UNAVAILABLE` once the budget is used up
 */
export async function awaitShared(work: Promise<unknown>, backoff: Backoff): Promise<void> {
  const { signal, leftMs } = backoff;
  const started = performance.now();
  const outcome = await new Promise<"done" | "failed" | "late">((resolve) => {
    const end = (how: "done" | "failed" | "late"): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      resolve(how);
    };
    const onAbort = (): void => end("failed");
    const timer = setTimeout(end, leftMs, "late");
    signal?.addEventListener("abort", onAbort, { once: true });
    work.then(
      () => end("done"),
      () => end("failed"),
    );
  });
  throwIfAborted(signal);
  if (outcome === "done") return;
  // Timers may be early by less than a millisecond.
  backoff.charge(outcome === "late" ? leftMs : performance.now() - started);
  if (backoff.leftMs === 0) await backoff.wait("pd", "what another call asked PD is not answered");
}

/** `work`, or the abort if that comes first; `work` itself goes on. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
