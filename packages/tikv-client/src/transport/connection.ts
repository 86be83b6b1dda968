import type { Logger } from "@roboflow/core";
import type { ClientHooks, TlsOptions } from "../options.js";
import { dial } from "./dial.js";
import { PING_AFTER_MS, Link, TOO_MANY_PINGS } from "./link.js";
import type { MessageStream, StreamEvents } from "./message-stream.js";
import type { CallHolder, RpcCall } from "./rpc-call.js";
import { rpcFailure, type RpcFailure } from "./rpc-failure.js";
import type { TimerWheel } from "./timer-wheel.js";

/** What the connections of a client share. */
export interface TransportHost {
  readonly tls: TlsOptions | undefined;
  readonly wheel: TimerWheel;
  readonly hooks: ClientHooks;
  readonly logger: Logger;
}

const REDIAL_BASE_MS = 100;
const REDIAL_CAP_MS = 3000;
/** A connection that broke sooner counts as a failed dial: else a server that accepts and drops is stormed. */
const SETTLED_AFTER_MS = 1000;

type State =
  /** `failure`: of the last dial; it is the answer until `retryAt`. */
  | {
      readonly kind: "idle";
      readonly failures: number;
      readonly retryAt: number;
      readonly failure: RpcFailure | undefined;
    }
  | { readonly kind: "dialling"; readonly failures: number; readonly abort: AbortController }
  | { readonly kind: "open"; readonly failures: number; readonly link: Link }
  | { readonly kind: "closed"; readonly failures: 0 };

/** Told once: the open link, or why there is none. */
type Waiter = (link: Link | RpcFailure) => void;

/**
 * One connection to one address, dialled when it is first used. At most one dial is under way; a
 * failed one is remembered for a growing while, in which calls fail at once.
 */
export class Connection implements CallHolder {
  readonly address: string;
  readonly #host: TransportHost;
  #state: State = { kind: "idle", failures: 0, retryAt: 0, failure: undefined };
  readonly #waiting = new Set<RpcCall>();
  #waiters: Waiter[] = [];
  #pingAfterMs = PING_AFTER_MS;
  #health: "never reached" | "reached" | "lost" = "never reached";
  /** The server has no `BatchCommands`. */
  #batchless = false;
  /** Those that take no new requests. */
  readonly #leaving = new Set<Link>();

  constructor(address: string, host: TransportHost) {
    this.address = address;
    this.#host = host;
  }

  get hooks(): ClientHooks {
    return this.#host.hooks;
  }

  /** False while a failed dial is remembered. */
  get reachable(): boolean {
    return this.#state.kind !== "idle" || performance.now() >= this.#state.retryAt;
  }

  /** Calls are told their outcome by their own methods, perhaps before this returns. */
  submit(call: RpcCall, timeoutMs: number): void {
    call.sent = false;
    this.#host.wheel.schedule(call, timeoutMs);
    const state = this.#state;
    if (state.kind === "open" && state.link.usable) {
      this.#send(state.link, call);
      return;
    }
    const failure = this.#dialUnlessFailed();
    if (failure !== undefined) {
      this.#fail(call, failure);
      return;
    }
    call.holder = this;
    this.#waiting.add(call);
  }

  /** A method of any service. `message`: the whole request. */
  submitUnary(path: string, message: Uint8Array, call: RpcCall, timeoutMs: number): void {
    this.#host.wheel.schedule(call, timeoutMs);
    call.holder = this;
    this.#withLink((link) => {
      // Its deadline may have passed meanwhile.
      if (call.holder !== this) return;
      if (!(link instanceof Link)) {
        this.#fail(call, link);
        return;
      }
      try {
        link.unary(path, message, call);
      } catch (cause) {
        this.#fail(call, this.#noStream(cause));
      }
    });
  }

  /** `opened` is not called when there is no connection: then `events.onEnd` is. */
  openStream(path: string, events: StreamEvents, opened: (stream: MessageStream) => void): void {
    this.#withLink((link) => {
      if (!(link instanceof Link)) {
        events.onEnd(link);
        return;
      }
      let stream: MessageStream;
      try {
        stream = link.openStream(path, events);
      } catch (cause) {
        events.onEnd(this.#noStream(cause));
        return;
      }
      opened(stream);
    });
  }

  forget(call: RpcCall): void {
    this.#host.wheel.cancel(call);
    this.#waiting.delete(call);
  }

  /** Breaks it off; the next call dials anew. */
  reset(): void {
    const state = this.#state;
    if (state.kind !== "open") return;
    this.#state = { kind: "idle", failures: 0, retryAt: 0, failure: undefined };
    state.link.destroy();
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: "closed", failures: 0 };
    if (state.kind === "dialling") state.abort.abort();
    if (state.kind === "open") state.link.destroy();
    for (const link of this.#leaving) link.destroy();
    this.#failWaiting(this.#closedFailure());
  }

  #withLink(use: Waiter): void {
    const state = this.#state;
    if (state.kind === "open" && state.link.usable) {
      use(state.link);
      return;
    }
    const failure = this.#dialUnlessFailed();
    if (failure === undefined) this.#waiters.push(use);
    else use(failure);
  }

  /** Undefined: a dial is under way. */
  #dialUnlessFailed(): RpcFailure | undefined {
    const state = this.#state;
    switch (state.kind) {
      case "closed":
        return this.#closedFailure();
      case "dialling":
        return undefined;
      case "idle":
        if (state.failure !== undefined && performance.now() < state.retryAt) return state.failure;
        break;
      case "open":
        // It is about to close.
        this.#leaving.add(state.link);
    }
    const abort = new AbortController();
    this.#state = { kind: "dialling", failures: state.failures, abort };
    void this.#dial(state.failures, abort.signal);
    return undefined;
  }

  async #dial(failures: number, signal: AbortSignal): Promise<void> {
    const dialled = await dial(this.address, this.#host.tls, signal);
    if (this.#state.kind !== "dialling") {
      if (dialled.kind === "open") dialled.session.destroy();
      return;
    }
    if (dialled.kind === "failed") {
      // A warning once an outage; a server that was never there is its caller's to tell of.
      const level = this.#health === "reached" ? "warn" : "debug";
      if (this.#health === "reached") this.#health = "lost";
      this.#host.logger[level]("A connection failed", {
        address: this.address,
        error: dialled.failure.error.message,
      });
      this.#rest(failures + 1, dialled.failure);
      this.#failWaiting(dialled.failure);
      return;
    }
    if (this.#health === "lost") {
      this.#host.logger.info("A connection is back", { address: this.address });
    }
    this.#health = "reached";
    const link: Link = new Link(dialled.session, this.address, {
      wheel: this.#host.wheel,
      hooks: this.#host.hooks,
      pingAfterMs: this.#pingAfterMs,
      onGoaway: (code) => this.#onGoaway(link, code),
      onClosed: () => this.#onClosed(link),
      onBatchEnd: (failure, sent, queued) => this.#onBatchEnd(link, failure, sent, queued),
    });
    this.#state = { kind: "open", failures, link };
    const calls = [...this.#waiting];
    this.#waiting.clear();
    for (const call of calls) this.#send(link, call);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter(link);
  }

  #send(link: Link, call: RpcCall): void {
    try {
      if (this.#batchless || call.batchField === undefined) link.submitAlone(call);
      else link.submit(call);
    } catch (cause) {
      this.#fail(call, this.#noStream(cause));
    }
  }

  /** Node refuses a stream on a session that has just ended, before it tells that it has. */
  #noStream(cause: unknown): RpcFailure {
    return rpcFailure("unavailable", "not-sent", this.address, "no stream", { cause });
  }

  #rest(failures: number, failure: RpcFailure): void {
    const full = Math.min(REDIAL_CAP_MS, REDIAL_BASE_MS * 2 ** Math.min(failures - 1, 10));
    const retryAt = performance.now() + full / 2 + (full / 2) * Math.random();
    this.#state = { kind: "idle", failures, retryAt, failure };
  }

  #onGoaway(link: Link, code: number): void {
    if (code === TOO_MANY_PINGS) this.#pingAfterMs *= 2;
    this.#leaving.add(link);
    const state = this.#state;
    if (state.kind !== "open" || state.link !== link) return;
    this.#state = { kind: "idle", failures: 0, retryAt: 0, failure: undefined };
  }

  #onClosed(link: Link): void {
    this.#leaving.delete(link);
    const state = this.#state;
    if (state.kind !== "open" || state.link !== link) return;
    if (performance.now() - link.openedAt >= SETTLED_AFTER_MS) {
      this.#state = { kind: "idle", failures: 0, retryAt: 0, failure: undefined };
      return;
    }
    const what = "the server closed the connection soon after it was made";
    this.#rest(state.failures + 1, rpcFailure("unavailable", "not-sent", this.address, what));
  }

  #onBatchEnd(
    link: Link,
    failure: RpcFailure,
    sent: readonly RpcCall[],
    queued: readonly RpcCall[],
  ): void {
    if (failure.kind === "unimplemented") {
      this.#batchless = true;
      this.#host.logger.info("The store has no BatchCommands: one call a request instead", {
        address: this.address,
      });
      for (const call of [...sent, ...queued]) {
        if (link.usable) link.submitAlone(call);
        else this.#fail(call, failure);
      }
      return;
    }
    for (const call of sent) this.#fail(call, failure);
    for (const call of queued) this.#fail(call, { ...failure, executed: "not-sent" });
  }

  #fail(call: RpcCall, failure: RpcFailure): void {
    this.#host.wheel.cancel(call);
    call.holder = undefined;
    call.onFailure(failure);
  }

  #failWaiting(failure: RpcFailure): void {
    const calls = [...this.#waiting];
    const waiters = this.#waiters;
    this.#waiting.clear();
    this.#waiters = [];
    for (const call of calls) this.#fail(call, failure);
    for (const waiter of waiters) waiter(failure);
  }

  #closedFailure(): RpcFailure {
    return rpcFailure("unavailable", "not-sent", this.address, "the connection was closed");
  }
}
