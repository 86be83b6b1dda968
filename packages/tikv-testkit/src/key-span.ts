import { compareBytes } from "@roboflow/tikv-proto";

/** Keys from `start` to before `end`; undefined: to the last. */
export interface KeySpan {
  readonly start: Uint8Array;
  readonly end: Uint8Array | undefined;
}

/** The part of a span from `start` to before `end`. An empty key is no bound. */
export function clip(span: KeySpan, start: Uint8Array, end: Uint8Array): KeySpan {
  const isLater = start.length > 0 && compareBytes(start, span.start) > 0;
  const isEarlier = end.length > 0 && (span.end === undefined || compareBytes(end, span.end) < 0);
  return { start: isLater ? start : span.start, end: isEarlier ? end : span.end };
}
