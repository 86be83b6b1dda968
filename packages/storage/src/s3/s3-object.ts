import type { ByteRange, ObjectStat, ReadableObject } from "../storage.js";
import type { Connection } from "./connection.js";
import { fetchRange } from "./fetch-range.js";
import { ReadAhead } from "./read-ahead.js";
import type { S3Target } from "./s3-url.js";

/** An open object: read by ranges of the content it had when it was opened. */
export class S3Object implements ReadableObject {
  readonly url: string;
  readonly size: number;
  readonly identity: string;
  readonly #ahead: ReadAhead;
  readonly #closed = new AbortController();

  constructor(connection: Connection, target: S3Target, stat: ObjectStat, signal?: AbortSignal) {
    this.url = stat.url;
    this.size = stat.size;
    this.identity = stat.identity;
    const closed = this.#closed.signal;
    const stop = signal === undefined ? closed : AbortSignal.any([closed, signal]);
    this.#ahead = new ReadAhead(stat.size, (start, end) =>
      fetchRange(connection, { target, identity: stat.identity, start, end }, stop),
    );
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#ahead.read(offset, length);
  }

  willRead(ranges: Iterable<ByteRange>): void {
    this.#ahead.announce(ranges);
  }

  async close(): Promise<void> {
    this.#ahead.close();
    this.#closed.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
