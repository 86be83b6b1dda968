import type { Blob } from "./blob.js";

/** A range of a blob. */
export interface Slice {
  readonly blob: Blob;
  readonly offset: number;
  readonly length: number;
}

/** The content of an object or part: slices of blobs, which copies and multipart uploads share. */
export type Content = readonly Slice[];

export function sizeOf(content: Content): number {
  return content.reduce((sum, { length }) => sum + length, 0);
}

/** The slices of bytes `start` up to and without `end`. */
export function sliceOf(content: Content, start: number, end: number): Content {
  const slices: Slice[] = [];
  let at = 0;
  for (const { blob, offset, length } of content) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, length)];
    if (to > from) slices.push({ blob, offset: offset + from, length: to - from });
    at += length;
  }
  return slices;
}

export async function* readContent(content: Content): AsyncGenerator<Uint8Array, void, void> {
  for (const { blob, offset, length } of content) yield* blob.read(offset, offset + length);
}
