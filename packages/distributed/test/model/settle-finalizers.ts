import type { Bug } from "./bugs.js";
import { IDLE, type FinalizerProcess, type State } from "./state.js";

/** Without one of these guards, a finalizer that should give up may not. */
const NEEDED: readonly Bug[] = [
  "finalizing begins without the batch's revision",
  "finalizing begins without the lock",
  "finalizing ends without its token",
];

/**
 * Ends the finalizers that can only find out that they have lost: tokens and revisions never come
 * back, and until then nobody sees anything of them. This is what keeps the model small.
 */
export function settleFinalizers(state: State, bugs: ReadonlySet<Bug>): State {
  if (NEEDED.some((bug) => bugs.has(bug))) return state;
  const settled = state.finalizers.map((process) => (isHopeless(state, process) ? IDLE : process));
  const changed = settled.some((process, index) => process !== state.finalizers[index]);
  return changed ? { ...state, finalizers: settled } : state;
}

function isHopeless({ lock, batch }: State, process: FinalizerProcess): boolean {
  const leads = lock.token === process.token;
  switch (process.step) {
    case "leading":
      return !leads;
    case "looked":
    case "read":
      return !leads || !process.fresh;
    case "assembling":
    case "publishing":
    case "claimed":
    case "found":
    case "sure":
    case "removed":
    case "overtaken":
    case "shown":
      return !leads || batch.status !== "Finalizing" || batch.token !== process.token;
    case "idle":
    // What they are about to do to the output needs no leave any more.
    case "mayClaim":
    case "mayRemove":
    case "mayShow":
      return false;
  }
}
