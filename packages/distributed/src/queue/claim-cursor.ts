import { keyText } from "../store/bytes.js";
import { READY_SHARDS } from "./job-index.js";
import { DEFAULT_PRIORITY } from "./submit-request.js";

/** How often a start is gone from before it is looked for again. */
const MOST_USES = 4;

/**
 * Claims from one shard before the next one's turn. Within a shard the oldest job comes first, so who
 * stayed until it is empty would take new jobs before old ones of other shards.
 */
const MOST_STAYS = 4;

/** So many empty shards in a row say that another process has just walked there. */
const GAP = 2;

/** One claim under way. */
export interface ClaimTicket {
  readonly sequence: number;
  /** Job that it is about to take. */
  chosen: string | undefined;
  /** Shard that its look begins at. */
  place: number | undefined;
  /** Whether no other process seems to be there, so that it takes what comes first. */
  alone: boolean;
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
  /** Shard that claims begin at; undefined: a random one from the next claim on. */
  #home: number | undefined;
  #stays = 0;

  /** Keys that claims of this process may have to pass by, as neighbours have or had them. */
  get crowd(): number {
    return this.#active.size + this.#taken.size;
  }

  /**
   * The shard to begin at: each process walks from its own place, because processes that begin
   * anywhere meet the more often the fewer jobs are left.
   */
  place(ticket: ClaimTicket, random: () => number): number {
    let home = this.#home ?? Math.floor(random() * READY_SHARDS);
    if (this.#home === undefined) this.#settle(home);
    else if (this.#stays >= MOST_STAYS) this.#settle((home = (home + 1) % READY_SHARDS));
    this.#stays += 1;
    ticket.place = home;
    return home;
  }

  /** The first job from the ticket's place on is in `shard`; undefined: there is none. */
  arrive(ticket: ClaimTicket, shard: number | undefined): void {
    const { place } = ticket;
    ticket.alone = place !== undefined && shard !== undefined && shard - place <= GAP;
    if (!ticket.alone) this.leave(ticket);
    else if (shard !== undefined && shard !== place && this.#home === place) this.#settle(shard);
  }

  /** Another process is where the ticket looked: goes on elsewhere, unless it has gone by now. */
  leave(ticket: ClaimTicket): void {
    ticket.alone = false;
    if (this.#home === ticket.place) this.#home = undefined;
  }

  #settle(shard: number): void {
    this.#home = shard;
    this.#stays = 0;
  }

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
    const ticket: ClaimTicket = {
      sequence: this.#sequence,
      chosen: undefined,
      place: undefined,
      alone: false,
    };
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
