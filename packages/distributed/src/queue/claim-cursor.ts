import { keyText } from "../store/bytes.js";
import { DEFAULT_PRIORITY } from "./submit-request.js";

/** How often a start is gone from before it is looked for again. */
const MOST_USES = 4;

/** One claim under way. */
export interface ClaimTicket {
  readonly sequence: number;
  /** Job that it is about to take. */
  chosen: string | undefined;
}

/**
 * What the loops of one process know of the ready jobs, so that a claim neither passes again what
 * has been claimed before it nor takes what a neighbour is about to claim. It only makes claims
 * fast: what it says may be out of date. Share one among all loops of a process.
 */
export class ClaimCursor {
  /** The priority that the last claim found jobs at; before the first, that of most jobs. */
  priority: number = DEFAULT_PRIORITY;
  /** Whether the last claim found the fleet paused. */
  paused = false;
  readonly #starts = new Map<string, { readonly key: Uint8Array; uses: number }>();
  readonly #active = new Set<ClaimTicket>();
  readonly #pending = new Set<string>();
  /** Jobs that were claimed, by the last claim that had begun by then. */
  readonly #taken = new Map<string, number>();
  #sequence = 0;

  /**
   * Where entries start below `prefix`, as of late. Now and then the prefix itself, because what was
   * handed back or is tried again comes before.
   */
  start(prefix: Uint8Array): Uint8Array {
    const known = this.#starts.get(keyText(prefix));
    if (known === undefined || known.uses >= MOST_USES) return prefix;
    known.uses += 1;
    return known.key;
  }

  /** `key` was the first entry below `prefix`. */
  found(prefix: Uint8Array, key: Uint8Array): void {
    const text = keyText(prefix);
    const known = this.#starts.get(text);
    const again = known !== undefined && known.uses < MOST_USES;
    this.#starts.set(text, { key, uses: again ? known.uses : 0 });
  }

  /** A claim of one of the loops begins. */
  begin(): ClaimTicket {
    this.#sequence += 1;
    const ticket: ClaimTicket = { sequence: this.#sequence, chosen: undefined };
    this.#active.add(ticket);
    return ticket;
  }

  /** Whether `jobId` is another loop's, or was taken while this claim was under way. */
  isPending(jobId: string, { sequence }: ClaimTicket): boolean {
    if (this.#pending.has(jobId)) return true;
    const taken = this.#taken.get(jobId);
    return taken !== undefined && sequence <= taken;
  }

  /** Keeps the other loops from `jobId`, instead of what the claim chose before. */
  choose(ticket: ClaimTicket, jobId: string | undefined): void {
    if (ticket.chosen !== undefined) this.#pending.delete(ticket.chosen);
    ticket.chosen = jobId;
    if (jobId !== undefined) this.#pending.add(jobId);
  }

  /** @param taken whether the claim got what it chose: claims that began before still see it ready */
  end(ticket: ClaimTicket, taken: boolean): void {
    const { chosen } = ticket;
    this.choose(ticket, undefined);
    this.#active.delete(ticket);
    if (taken && chosen !== undefined) this.#taken.set(chosen, this.#sequence);
    const oldest = Math.min(...[...this.#active].map(({ sequence }) => sequence));
    for (const [jobId, until] of this.#taken) if (until < oldest) this.#taken.delete(jobId);
  }
}
