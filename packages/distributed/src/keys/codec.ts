/** All keys of this schema version start with it. */
const KEY_ROOT = "/roboflow/v1/";

/** Segments that encoding leaves as they are: nearly all, so that it is rarely called. */
const PLAIN = /^[\w.-]+$/;

/** Digits of the largest safe integer, 9007199254740991. */
const NUMBER_DIGITS = 16;

/**
 * A key from its segments, e.g. `buildKey("jobs", id)` is `/roboflow/v1/jobs/{id}`. Segments are
 * percent-encoded, so an id that holds `/` can't reach into another key.
 * @throws RangeError for an empty segment
 */
export function buildKey(...segments: readonly string[]): Uint8Array {
  return Buffer.from(KEY_ROOT + segments.map(encodeSegment).join("/"), "latin1");
}

/** What every key below these segments starts with; ends in `/`, so `ab` is not below `a`. */
export function buildPrefix(...segments: readonly string[]): Uint8Array {
  const text = `${KEY_ROOT}${segments.map((part) => `${encodeSegment(part)}/`).join("")}`;
  return Buffer.from(text, "latin1");
}

/**
 * The segments that `buildKey` was given.
 * @throws RangeError for a key of another schema
 */
export function keySegments(key: Uint8Array): string[] {
  return belowRoot(key).split("/").map(decodeSegment);
}

/** The last segment, the id in most keys. */
export function keyId(key: Uint8Array): string {
  const text = belowRoot(key);
  return decodeSegment(text.slice(text.lastIndexOf("/") + 1));
}

/**
 * A whole number from 0 as a segment of fixed width, so that text order is the order of numbers.
 * @throws RangeError for a fraction, a negative or too large number
 */
export function fixedWidth(value: number, digits = NUMBER_DIGITS): string {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 10 ** digits) {
    throw new RangeError(`${value} is not a whole number of at most ${digits} digits`);
  }
  return String(value).padStart(digits, "0");
}

/** As `fixedWidth`, but higher numbers sort first. */
export function fixedWidthDescending(value: number, digits: number): string {
  return fixedWidth(10 ** digits - 1 - Number(fixedWidth(value, digits)), digits);
}

export interface KeyRange {
  /** Inclusive. */
  readonly start: Uint8Array;
  /** Exclusive. */
  readonly end: Uint8Array;
}

/**
 * All keys that start with `prefix`.
 * @throws RangeError for an empty prefix and one of 0xff bytes only: nothing sorts after it
 */
export function prefixRange(prefix: Uint8Array): KeyRange {
  const last = prefix.findLastIndex((byte) => byte < 0xff);
  if (last < 0) throw new RangeError("A prefix needs a byte below 0xff");
  const end = Uint8Array.from(prefix.subarray(0, last + 1));
  end[last] = (end[last] ?? 0) + 1;
  return { start: prefix, end };
}

/** The first key after `key`: where a listing goes on. */
export function keyAfter(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

function belowRoot(key: Uint8Array): string {
  const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("utf8");
  if (!text.startsWith(KEY_ROOT)) throw new RangeError(`The key does not start with ${KEY_ROOT}`);
  return text.slice(KEY_ROOT.length);
}

function decodeSegment(segment: string): string {
  return segment.includes("%") ? decodeURIComponent(segment) : segment;
}

function encodeSegment(segment: string): string {
  if (segment === "") throw new RangeError("A key segment must not be empty");
  return PLAIN.test(segment) ? segment : encodeURIComponent(segment);
}
