import type { Rpc } from "../rpc/methods.js";
import type { Action, Hook } from "./hook.js";

/** The most frequent kind of hook: one action, for some calls. What is left out matches all. */
export interface Fault {
  readonly action: Action;
  readonly rpc?: Rpc;
  /** Id of a store; leaves PD alone. */
  readonly store?: bigint | number;
  /** For how many calls. Default: for all. */
  readonly times?: number;
}

export function hookOf({ action, rpc, store, times = Number.POSITIVE_INFINITY }: Fault): Hook {
  let left = times;
  return (call) => {
    const isMeant =
      (rpc === undefined || call.rpc === rpc) &&
      (store === undefined || (call.server === "store" && call.id === BigInt(store)));
    if (!isMeant || left <= 0) {
      return undefined;
    }
    left -= 1;
    return action;
  };
}
