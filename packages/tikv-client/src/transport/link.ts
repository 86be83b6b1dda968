import { constants, type ClientHttp2Session } from "node:http2";
import type { ClientHooks } from "../options.js";
import { BatchStream } from "./batch-stream.js";
import { MessageStream, type StreamEvents } from "./message-stream.js";
import type { RpcCall } from "./rpc-call.js";
import { rpcFailure, type RpcFailure } from "./rpc-failure.js";
import { WheelNode, type TimerWheel } from "./timer-wheel.js";
import { UnaryHolder, wholeRequest } from "./unary-call.js";

/** How long a connection is silent before it is asked whether it lives. */
export const PING_AFTER_MS = 10_000;
const PONG_WITHIN_MS = 3000;

/** What a link reports to the connection that holds it. */
export interface LinkEvents {
  readonly wheel: TimerWheel;
  readonly hooks: ClientHooks;
  /** How long it stays silent before it is asked whether it lives, ms. */
  readonly pingAfterMs: number;
  /** No new requests here; those on their way may still be answered. */
  onGoaway(code: number): void;
  onClosed(): void;
  onBatchEnd(failure: RpcFailure, sent: readonly RpcCall[], queued: readonly RpcCall[]): void;
}

export const TOO_MANY_PINGS = constants.NGHTTP2_ENHANCE_YOUR_CALM;

/** One open HTTP/2 session with its batch stream and keepalive. */
export class Link {
  readonly openedAt = performance.now();
  readonly #session: ClientHttp2Session;
  readonly #address: string;
  readonly #events: LinkEvents;
  readonly #keepalive: Keepalive;
  #batch: BatchStream | undefined;
  #leaving = false;

  constructor(session: ClientHttp2Session, address: string, events: LinkEvents) {
    this.#session = session;
    this.#address = address;
    this.#events = events;
    this.#keepalive = new Keepalive(session, events.wheel, events.pingAfterMs);
    session.on("goaway", (code: number) => {
      this.#leave();
      events.onGoaway(code);
    });
    session.on("close", () => {
      this.#keepalive.stop();
      events.onClosed();
    });
  }

  get usable(): boolean {
    return !this.#leaving && !this.#session.destroyed && !this.#session.closed;
  }

  submit(call: RpcCall): void {
    if (this.#batch === undefined || this.#batch.ended) this.#batch = this.#openBatch();
    this.#batch.submit(call);
  }

  /** The command on a stream of its own. */
  submitAlone(call: RpcCall): void {
    this.unary(`/tikvpb.Tikv/${call.rpc}`, wholeRequest(call.context, call.body), call);
  }

  unary(path: string, message: Uint8Array, call: RpcCall): void {
    const { wheel } = this.#events;
    const heard = this.#keepalive.heard;
    void new UnaryHolder(this.#session, this.#address, path, message, call, wheel, heard);
  }

  openStream(path: string, events: StreamEvents): MessageStream {
    return new MessageStream(this.#session, this.#address, path, {
      onMessage: (message) => {
        this.#keepalive.heard();
        events.onMessage(message);
      },
      onEnd: (failure) => events.onEnd(failure),
    });
  }

  /** Every call on it fails. */
  destroy(): void {
    this.#keepalive.stop();
    this.#leaving = true;
    // A caller whose reply has just come is still within the session's own event: there Node's
    // HTTP/2 may never come back from this, or free what it goes on to read.
    setImmediate(() => this.#session.destroy());
  }

  #openBatch(): BatchStream {
    const { wheel, hooks } = this.#events;
    return new BatchStream(this.#session, this.#address, wheel, hooks, {
      onHeard: this.#keepalive.heard,
      onEnd: (failure, sent, queued) => this.#events.onBatchEnd(failure, sent, queued),
    });
  }

  #leave(): void {
    this.#leaving = true;
    const queued = this.#batch?.finish() ?? [];
    if (queued.length === 0) return;
    const what = "the server is going away";
    const failure = rpcFailure("unavailable", "not-sent", this.#address, what);
    this.#events.onBatchEnd(failure, [], queued);
  }
}

/** Asks a silent connection whether it lives, and breaks it when it does not. */
class Keepalive extends WheelNode {
  readonly #session: ClientHttp2Session;
  readonly #wheel: TimerWheel;
  readonly #everyMs: number;
  #state: "quiet" | "heard" | "asked" | "stopped" = "quiet";

  constructor(session: ClientHttp2Session, wheel: TimerWheel, everyMs: number) {
    super();
    this.#session = session;
    this.#wheel = wheel;
    this.#everyMs = everyMs;
    wheel.schedule(this, everyMs);
  }

  readonly heard = (): void => {
    if (this.#state === "quiet") this.#state = "heard";
  };

  stop(): void {
    this.#state = "stopped";
    this.#wheel.cancel(this);
  }

  override onDeadline(): void {
    switch (this.#state) {
      case "heard":
        this.#state = "quiet";
        this.#wheel.schedule(this, this.#everyMs);
        return;
      case "quiet":
        this.#ask();
        return;
      case "asked":
        this.#session.destroy(new Error(`no answer to a ping within ${PONG_WITHIN_MS} ms`));
        return;
      case "stopped":
    }
  }

  #ask(): void {
    if (this.#session.destroyed || this.#session.closed) return;
    this.#state = "asked";
    this.#wheel.schedule(this, PONG_WITHIN_MS);
    this.#session.ping((error) => {
      if (error !== null || this.#state !== "asked") return;
      this.#state = "quiet";
      this.#wheel.schedule(this, this.#everyMs);
    });
  }
}
