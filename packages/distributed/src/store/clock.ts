/** Milliseconds since the epoch; may step back, as a machine's clock does. */
export type Clock = () => number;

/** The highest time that `clock` has shown, so that it never steps back. */
export function monotonic(clock: Clock): Clock {
  let last = 0;
  return () => {
    last = Math.max(last, Math.floor(clock()));
    return last;
  };
}
