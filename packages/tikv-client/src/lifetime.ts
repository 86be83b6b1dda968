import { TikvError } from "./error.js";

/** Whether a client is open, and what has to stop when it closes. */
export class Lifetime {
  readonly #onClose = new Set<() => void>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws TikvError `ERR_ROBOFLOW_TIKV_CLOSED` */
  check(): void {
    if (this.#closed) throw this.error();
  }

  error(): TikvError {
    return new TikvError("ERR_ROBOFLOW_TIKV_CLOSED", "The TiKV client is closed", {
      hint: "Connect a new one, or close this one only after its last call",
    });
  }

  /** Calls `stop` once at closing; what is returned takes it back. */
  onClose(stop: () => void): () => void {
    if (this.#closed) {
      stop();
      return () => {};
    }
    this.#onClose.add(stop);
    return () => this.#onClose.delete(stop);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const stops = [...this.#onClose];
    this.#onClose.clear();
    for (const stop of stops) stop();
  }
}
