import type { RegionErrorInit } from "../region/check-context.js";
import type { Call, Reply } from "./call.js";

/** What becomes of a call instead of being answered. */
export type Action =
  /** Answered after `ms` milliseconds of the machine's time. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Answered once the promise is settled. */
  | { readonly kind: "until"; readonly promise: Promise<unknown> }
  /** Lost on the way: not executed, never answered. */
  | { readonly kind: "drop" }
  /** Executed, but the answer is lost. */
  | { readonly kind: "lose-answer" }
  /** Arrives twice: executed twice, answered once, with the first answer. */
  | { readonly kind: "duplicate" }
  /** Not executed, answered with this. */
  | { readonly kind: "reply"; readonly reply: Reply }
  /** Not executed, answered with this region error. Of store commands only. */
  | { readonly kind: "region-error"; readonly error: RegionErrorInit }
  /** Not executed; ends with this gRPC status, and a stream with it. */
  | { readonly kind: "status"; readonly code: number; readonly message: string }
  /** Not executed; the gRPC status UNAVAILABLE, as from a lost connection. */
  | { readonly kind: "unavailable" }
  /** Executed, then the connection is reset, with all that was on its way in it. */
  | { readonly kind: "disconnect" };

/**
 * Looks at each call before it is executed. With no action the call goes on to the next hook, and
 * in the end to the server. A hook that throws makes the call fail with gRPC status INTERNAL.
 */
export type Hook = (call: Call) => Action | undefined | void | Promise<Action | undefined | void>;
