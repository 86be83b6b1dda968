import { DistributedError } from "../error.js";

/** What people do by hand to work that may be another's. */
export type GuardedAction =
  | "cancel"
  | "retry"
  | "delete"
  | "finalize"
  | "pause"
  | "resume"
  | "limit"
  | "prune"
  | "repair";

/** Who does something by hand. */
export interface Operator {
  /** As the audit log has it. */
  readonly actor: string;
  /** Who may do it to others' work; when nobody is named, everybody may. */
  readonly admins: readonly string[];
}

export interface Permission extends Operator {
  /** Who submitted what it is done to; undefined if it concerns everybody's, as a prune does. */
  readonly owner: string | undefined;
}

/**
 * Keeps people from changing others' work by mistake. Names are not proven, so this is no security
 * boundary: who can write to the store can do anything (TiKV: mutual TLS decides who that is).
 * @throws DistributedError `ERR_ROBOFLOW_NOT_ALLOWED` (permanent)
 */
export function authorize(action: GuardedAction, { actor, owner, admins }: Permission): void {
  if (admins.length === 0 || actor === owner || admins.includes(actor)) return;
  throw new DistributedError(
    "ERR_ROBOFLOW_NOT_ALLOWED",
    owner === undefined
      ? `${actor} may not ${action}: it concerns everybody's work, and ${actor} is not among ROBOFLOW_ADMIN_USERS`
      : `${actor} may not ${action} what ${owner} submitted`,
    {
      hint:
        owner === undefined
          ? "Ask one of them to do it."
          : `Ask ${owner}, or one of ROBOFLOW_ADMIN_USERS, to do it.`,
    },
  );
}
