import type { ByteRange } from "../storage.js";

/** Smaller reads are widened to this, for what is read next to them. */
const SMALL_BYTES = 64 * 1024;
/** Widened reads that are kept. */
const KEPT_SMALL = 4;
/** Planned ranges closer than this are fetched in one request. */
const MAX_GAP_BYTES = 32 * 1024;
const PIECE_BYTES = 8 * 1024 * 1024;
/** Fetched or in flight ahead of the reader, for one object. */
const AHEAD_BYTES = 32 * 1024 * 1024;
/** Requests at once; small ones wait for the store more than for the network. */
const IN_FLIGHT = 8;
const SMALL_IN_FLIGHT = 32;

type Fetch = (start: number, end: number) => Promise<Uint8Array>;

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly bytes: Promise<Uint8Array>;
}

/**
 * Reads ranges of an object with few requests, each byte once as far as possible: what the reader
 * has announced is fetched ahead in that order; without a plan, what follows a run of reads, no
 * more of it than the run was long; and small reads take in their surroundings.
 */
export class ReadAhead {
  readonly #size: number;
  readonly #fetch: Fetch;
  /** Fetched by the plan, in its order: the first is being read, the others lie ahead. */
  #pieces: Piece[] = [];
  #small: Piece[] = [];
  #plan: Iterator<ByteRange> | undefined;
  #upcoming: ByteRange | undefined;
  #isAnnounced = false;
  #inFlight = 0;
  /** End of the last read, and bytes of the run of reads that ends there. */
  #runEnd = 0;
  #runBytes = 0;

  constructor(size: number, fetch: Fetch) {
    this.#size = size;
    this.#fetch = fetch;
  }

  /** What will be read, in this order. Replaces what was announced before. */
  announce(ranges: Iterable<ByteRange>): void {
    this.#restart(joinRanges(withinReach(ranges, this.#size)), true);
    this.#pump();
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(this.#size, offset + length);
    if (end <= offset) return new Uint8Array();
    const isRun = offset > 0 && Math.abs(offset - this.#runEnd) <= SMALL_BYTES;
    this.#runBytes = isRun ? this.#runBytes + (end - offset) : end - offset;
    this.#runEnd = end;
    const parts = this.#cover(offset, end);
    if (!this.#isAnnounced) this.#follow(isRun, parts);
    this.#forget(parts);
    this.#pump();
    return assemble(parts, offset, end);
  }

  close(): void {
    this.#restart(undefined, false);
    this.#small = [];
  }

  #restart(plan: Iterator<ByteRange> | undefined, isAnnounced: boolean): void {
    // What is in flight may be awaited by a read; it only is not looked at again.
    this.#pieces = [];
    this.#plan = plan;
    this.#upcoming = undefined;
    this.#isAnnounced = isAnnounced;
  }

  /** Pieces that hold the range together, in order; what none holds is fetched now. */
  #cover(offset: number, end: number): Piece[] {
    const parts: Piece[] = [];
    for (let at = offset; at < end;) {
      const known = [...this.#pieces, ...this.#small];
      const held = known.find(({ start, end: until }) => start <= at && at < until);
      const next = Math.min(end, ...known.map(({ start }) => start).filter((start) => start > at));
      const part = held ?? this.#fetchNow(at, next);
      parts.push(part);
      at = part.end;
    }
    return parts;
  }

  #fetchNow(start: number, end: number): Piece {
    if (end - start >= SMALL_BYTES) return this.#begin(start, end);
    // Near the end of the object, what comes before is wanted next: a summary before its footer.
    const from = Math.min(start, Math.max(0, this.#size - SMALL_BYTES));
    const until = Math.min(this.#size, Math.max(end, from + SMALL_BYTES));
    const piece = this.#begin(from, until);
    this.#small = [...this.#small.slice(1 - KEPT_SMALL), piece];
    piece.bytes.catch(() => {
      this.#small = this.#small.filter((other) => other !== piece);
    });
    return piece;
  }

  #begin(start: number, end: number): Piece {
    const bytes = this.#fetch(start, end);
    // Whoever reads it gets the error; nobody may.
    bytes.catch(() => {});
    return { start, end, bytes };
  }

  /** Without a plan: goes on behind a run of reads, and stops where the reader jumps. */
  #follow(isRun: boolean, parts: readonly Piece[]): void {
    const isAhead = parts.some((part) => this.#pieces.includes(part));
    if (!isRun && !isAhead && this.#plan !== undefined) this.#restart(undefined, false);
    // Within one widened read it is no run yet.
    if (isRun && this.#plan === undefined && this.#runBytes > SMALL_BYTES) {
      const from = Math.max(this.#runEnd, parts.at(-1)?.end ?? 0);
      this.#restart(
        following(from, this.#size, () => this.#runBytes),
        false,
      );
    }
  }

  /** Drops what the plan has passed. */
  #forget(parts: readonly Piece[]): void {
    const last = this.#pieces.findLastIndex((piece) => parts.includes(piece));
    if (last > 0) this.#pieces = this.#pieces.slice(last);
  }

  #pump(): void {
    const limit = this.#isAnnounced ? AHEAD_BYTES : Math.min(AHEAD_BYTES, this.#runBytes);
    for (;;) {
      this.#upcoming ??= this.#nextOfPlan();
      if (this.#upcoming === undefined) return;
      const { offset, length } = this.#upcoming;
      if (this.#inFlight >= (length < SMALL_BYTES ? SMALL_IN_FLIGHT : IN_FLIGHT)) return;
      const [, ...ahead] = this.#pieces;
      const bytes = ahead.reduce((sum, { start, end }) => sum + (end - start), 0);
      if (this.#pieces.length > 1 && bytes + length > limit) return;
      this.#upcoming = undefined;
      this.#fetchAhead(offset, offset + length);
    }
  }

  #nextOfPlan(): ByteRange | undefined {
    const next = this.#plan?.next();
    return next === undefined || next.done === true ? undefined : next.value;
  }

  #fetchAhead(start: number, end: number): void {
    const piece = this.#begin(start, end);
    this.#pieces.push(piece);
    this.#inFlight += 1;
    const ended = (): void => {
      this.#inFlight -= 1;
      this.#pump();
    };
    piece.bytes.then(ended, () => {
      // The next read of it tries again by itself.
      this.#pieces = this.#pieces.filter((other) => other !== piece);
      this.#plan = undefined;
      ended();
    });
  }
}

/** What is not in the object, or too long to be held ahead, is left to the read itself. */
function* withinReach(ranges: Iterable<ByteRange>, size: number): Generator<ByteRange, void, void> {
  for (const { offset, length } of ranges) {
    const within = Math.min(length, size - offset);
    if (within > 0 && within <= AHEAD_BYTES) yield { offset, length: within };
  }
}

/** Neighbours as one, up to the size of a piece; a range itself is never cut. */
function* joinRanges(ranges: Iterable<ByteRange>): Generator<ByteRange, void, void> {
  let joined: ByteRange | undefined;
  for (const range of ranges) {
    if (joined === undefined) {
      joined = range;
      continue;
    }
    const gap = range.offset - (joined.offset + joined.length);
    const length = range.offset + range.length - joined.offset;
    if (gap >= 0 && gap <= MAX_GAP_BYTES && length <= PIECE_BYTES)
      joined = { offset: joined.offset, length };
    else {
      yield joined;
      joined = range;
    }
  }
  if (joined !== undefined) yield joined;
}

/** Pieces up to the end of the object, each as long as what was read in a run so far. */
function* following(
  from: number,
  size: number,
  runBytes: () => number,
): Generator<ByteRange, void, void> {
  for (let offset = from; offset < size;) {
    const length = Math.min(size - offset, PIECE_BYTES, Math.max(SMALL_BYTES, runBytes()));
    yield { offset, length };
    offset += length;
  }
}

async function assemble(parts: readonly Piece[], offset: number, end: number): Promise<Uint8Array> {
  const contents = await Promise.all(parts.map(({ bytes }) => bytes));
  const [only] = contents;
  if (contents.length === 1 && only?.length === end - offset) return only;
  const whole = new Uint8Array(end - offset);
  for (const [i, { start, end: until }] of parts.entries()) {
    const [from, to] = [Math.max(start, offset), Math.min(until, end)];
    const bytes = contents[i] ?? new Uint8Array();
    whole.set(bytes.subarray(from - start, to - start), from - offset);
  }
  return whole;
}
