const NANOSECONDS = 1_000_000_000;

/** First and last time of a topic's messages, nanoseconds since the epoch, both inclusive. */
export interface TimeRange {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The times of an episode's frames: `t_k = start + floor(k * 10^9 / fps)` nanoseconds. Beside the
 * exact times it gives offsets from the start as numbers, which are exact to 104 days (2^53 ns).
 */
export class TimeGrid {
  constructor(
    /** Nanoseconds since the epoch. */
    readonly start: bigint,
    /** Frames a second, an integer above 0. */
    readonly fps: number,
    readonly frames: number,
  ) {}

  /** Nanoseconds from the start to frame `frame`. */
  offset(frame: number): number {
    // Whole seconds apart from the rest: the product of frame and 10^9 would pass 2^53.
    const rest = frame % this.fps;
    return ((frame - rest) / this.fps) * NANOSECONDS + Math.floor((rest * NANOSECONDS) / this.fps);
  }

  /** Time of frame `frame`, nanoseconds since the epoch. */
  time(frame: number): bigint {
    return this.start + BigInt(this.offset(frame));
  }

  /** Nanoseconds from the start to `time`, negative before it. */
  offsetOf(time: bigint): number {
    return Number(time - this.start);
  }

  /** The first frame whose offset is at least `offset`; `frames` if there is none. */
  firstFrameFrom(offset: number): number {
    let frame = Math.max(0, Math.floor((offset / NANOSECONDS) * this.fps) - 1);
    while (frame < this.frames && this.offset(frame) < offset) frame++;
    return Math.min(frame, this.frames);
  }
}

/** Frames from `first` to `last` inclusive: `floor((last - first) * fps / 10^9) + 1`, 0 if `last` is earlier. */
export function frameCount({ first, last }: TimeRange, fps: number): number {
  if (last < first) return 0;
  return Number(((last - first) * BigInt(fps)) / BigInt(NANOSECONDS)) + 1;
}

/** The time in which all ranges overlap; `last` before `first` if they do not. */
export function intersection(ranges: readonly [TimeRange, ...TimeRange[]]): TimeRange {
  return ranges.reduce((common, range) => ({
    first: range.first > common.first ? range.first : common.first,
    last: range.last < common.last ? range.last : common.last,
  }));
}
