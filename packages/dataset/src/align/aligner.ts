/** A message with its time: nanoseconds from the grid's start, negative before it. */
export interface Timed {
  readonly time: number;
}

/**
 * Told what each frame takes: every frame of the grid exactly once, in order. Ranges of frames are
 * half open.
 */
export interface FrameSink<M extends Timed> {
  /** These frames take this message as it is. Called at most once a message, but see `blend`. */
  take(message: M, from: number, to: number): void;
  /** This frame lies between two messages; `weight` in (0, 1) is that of `after`. */
  blend(before: M, after: M, frame: number, weight: number): void;
  /** These frames have no message. */
  none(from: number, to: number): void;
}

/** Decides, message by message in order of time, which of them each frame takes. Keeps one message. */
export interface Aligner<M extends Timed> {
  /** Frames decided so far, from the first on; later messages can't change them. */
  readonly decided: number;
  /** The next message: not earlier than the one before. */
  push(message: M): void;
  /** No message follows: decides the remaining frames. */
  finish(): void;
}

/**
 * How a frame chooses among a topic's messages.
 * - `hold`: the latest at or before the frame; never looks ahead.
 * - `nearest`: the one with the smallest distance on either side; of two equally near the earlier.
 * - `linear`: between the latest at or before and the next one, by time; beyond the ends the end's.
 */
export type Sync = "hold" | "nearest" | "linear";
