import { StorageError } from "../error.js";
import type { ObjectStat, ObjectWriter } from "../storage.js";
import { ALWAYS } from "./conditional-write.js";
import type { Connection } from "./connection.js";
import { MultipartUpload } from "./multipart-upload.js";
import { putObject } from "./put-object.js";
import type { S3Target } from "./s3-url.js";

/** Parts on their way at once, each in memory. */
const IN_FLIGHT = 3;
/** S3 takes 10,000 parts, so they grow: this many of each size. */
const PARTS_OF_A_SIZE = 1000;

type State = "open" | "finished" | "aborted" | "failed";

/** Writes an object in parts while it is being made; a small one in one request at the end. */
export class S3Writer implements ObjectWriter {
  readonly #connection: Connection;
  readonly #target: S3Target;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  #upload: MultipartUpload | undefined;
  #buffer: Uint8Array;
  #filled = 0;
  #parts = 0;
  #size = 0;
  #state: State = "open";

  constructor(connection: Connection, target: S3Target, signal?: AbortSignal) {
    this.#connection = connection;
    this.#target = target;
    const stop = this.#stop.signal;
    this.#signal = signal === undefined ? stop : AbortSignal.any([stop, signal]);
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(connection.options.partSize, 64 * 1024));
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#checkOpen();
    await this.#orAbort(async () => {
      this.#size += chunk.length;
      for (let at = 0; at < chunk.length;) {
        const piece = chunk.subarray(at, at + this.#partSize() - this.#filled);
        this.#append(piece);
        at += piece.length;
        if (this.#filled === this.#partSize()) await this.#sendPart();
      }
    });
  }

  async finish(): Promise<ObjectStat> {
    this.#checkOpen();
    const identity = await this.#orAbort(() => this.#complete());
    this.#state = "finished";
    return { url: this.#target.url, size: this.#size, identity };
  }

  async abort(): Promise<void> {
    if (this.#state === "open") await this.#end("aborted");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  #checkOpen(): void {
    if (this.#state === "open") return;
    throw new StorageError(
      "ERR_ROBOFLOW_STORAGE_IO",
      `${this.#target.url}: the writer has ${this.#state} already`,
    );
  }

  #partSize(): number {
    return this.#connection.options.partSize * 2 ** Math.floor(this.#parts / PARTS_OF_A_SIZE);
  }

  /** The buffer grows with what is written, so that many small objects cost little. */
  #append(piece: Uint8Array): void {
    const needed = this.#filled + piece.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(this.#partSize(), Math.max(needed, this.#buffer.length * 2)),
      );
      larger.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#filled);
    this.#filled = needed;
  }

  /** Waits for a place among those in flight, not for this part. */
  async #sendPart(): Promise<void> {
    this.#upload ??= await MultipartUpload.begin(this.#connection, this.#target, this.#signal);
    while (this.#inFlight.size >= IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#parts += 1;
    const sent = this.#upload.put(this.#parts, this.#buffer.subarray(0, this.#filled));
    this.#inFlight.add(sent);
    // A failed one stays, for the next call to meet.
    sent.then(
      () => this.#inFlight.delete(sent),
      () => {},
    );
    this.#buffer = new Uint8Array();
    this.#filled = 0;
  }

  async #complete(): Promise<string> {
    if (this.#upload === undefined) {
      const content = this.#buffer.subarray(0, this.#filled);
      return identityOf(
        await putObject(this.#connection, this.#target, content, ALWAYS, this.#signal),
      );
    }
    if (this.#filled > 0) await this.#sendPart();
    await Promise.all(this.#inFlight);
    return identityOf(await this.#upload.complete(ALWAYS));

    function identityOf(written: Awaited<ReturnType<typeof putObject>>): string {
      return written.kind === "written" ? written.identity : "";
    }
  }

  async #orAbort<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.#signal?.throwIfAborted();
      return await work();
    } catch (error) {
      await this.#end("failed");
      throw error;
    }
  }

  /** Stops the parts in flight first: one that came after the abort would stay. */
  async #end(state: "aborted" | "failed"): Promise<void> {
    this.#state = state;
    this.#stop.abort();
    await Promise.allSettled(this.#inFlight);
    this.#buffer = new Uint8Array();
    await this.#upload?.discard();
  }
}
