import type { ImageMessage } from "../video/image-message.js";

/** An image and the number of successive frames that show it. */
export interface Picture {
  readonly image: ImageMessage;
  readonly repeat: number;
}

/** How much may wait between the recording's reader and the encoders. */
export interface FlowLimits {
  /** Pictures of one camera. */
  readonly perCamera: number;
  /** Pictures of all cameras. */
  readonly pictures: number;
  /** Bytes of all cameras' images as recorded. */
  readonly bytes: number;
}

/**
 * Queues from one reader to the encoders of several cameras that run in parallel. Nothing is ever
 * dropped: the reader waits (`room`) until all queues are within the limits. It may pass a limit by
 * the pictures of one message, so that an image larger than all room still gets through.
 */
export class PictureFlow {
  readonly #limits: FlowLimits;
  readonly #queues: PictureQueue[] = [];
  #pictures = 0;
  #bytes = 0;
  #peakBytes = 0;
  #peakPictures = 0;
  #waiting: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(limits: FlowLimits) {
    this.#limits = limits;
  }

  /** The most that ever waited, for logs. */
  get peak(): { readonly pictures: number; readonly bytes: number } {
    return { pictures: this.#peakPictures, bytes: this.#peakBytes };
  }

  /** A queue for one more camera. */
  open(): PictureQueue {
    const queue = new PictureQueue((pictures, bytes) => this.#change(pictures, bytes));
    this.#queues.push(queue);
    return queue;
  }

  /** Waits until more may be pushed; undefined if that is now. Only one may wait at a time. */
  room(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    if (!this.#isFull()) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Ends all waiting, of the reader and of the encoders, with this error. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
    for (const queue of this.#queues) queue.fail(reason);
  }

  #isFull(): boolean {
    const { perCamera, pictures, bytes } = this.#limits;
    return (
      this.#pictures >= pictures ||
      this.#bytes >= bytes ||
      this.#queues.some((queue) => queue.length >= perCamera)
    );
  }

  #change(pictures: number, bytes: number): void {
    this.#pictures += pictures;
    this.#bytes += bytes;
    this.#peakPictures = Math.max(this.#peakPictures, this.#pictures);
    this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
    if (this.#waiting === undefined || this.#isFull()) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }
}

/** The pictures of one camera, in order; written by the reader, read by the camera's encoder. */
export class PictureQueue {
  readonly #changed: (pictures: number, bytes: number) => void;
  readonly #pictures: Picture[] = [];
  #closed = false;
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(changed: (pictures: number, bytes: number) => void) {
    this.#changed = changed;
  }

  get length(): number {
    return this.#pictures.length;
  }

  push(picture: Picture): void {
    this.#pictures.push(picture);
    this.#changed(1, picture.image.data.length);
    this.#wake?.();
  }

  /** No picture follows. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake?.();
  }

  /** The pictures until the queue is closed; throws what `fail` was given. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Picture, void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      const picture = this.#pictures.shift();
      if (picture !== undefined) {
        this.#changed(-1, -picture.image.data.length);
        yield picture;
        continue;
      }
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
