import { decodeTsoResponse, encodeTsoRequest } from "@roboflow/tikv-proto";
import type { Connection } from "../transport/connection.js";
import { frame } from "../transport/message-reader.js";
import type { MessageStream } from "../transport/message-stream.js";
import { rpcFailure, type RpcFailure } from "../transport/rpc-failure.js";
import { WheelNode, type TimerWheel } from "../transport/timer-wheel.js";

const RPC = "Tso";
const PATH = `/pdpb.PD/${RPC}`;

/** One caller that waits for a timestamp. */
export interface TimestampWaiter {
  onTimestamp(timestamp: bigint): void;
  onFailure(failure: RpcFailure): void;
}

type State =
  | { readonly kind: "no-stream" }
  | { readonly kind: "opening"; readonly connection: Connection }
  | { readonly kind: "open"; readonly connection: Connection; readonly stream: MessageStream };

/**
 * PD's timestamps over one stream. One request is in flight; the next carries all who have come
 * meanwhile. A failure is told to everyone who waits: they find the leader and come again.
 */
export class TimestampOracle extends WheelNode {
  readonly #wheel: TimerWheel;
  readonly #timeoutMs: number;
  readonly #leader: () =>
    | { readonly connection: Connection; readonly clusterId: bigint }
    | undefined;
  #state: State = { kind: "no-stream" };
  #waiting: TimestampWaiter[] = [];
  #inFlight: readonly TimestampWaiter[] = [];
  #scheduled = false;
  #startedAt = 0;
  #started: unknown;
  #last = 0n;

  constructor(
    wheel: TimerWheel,
    timeoutMs: number,
    leader: () => { readonly connection: Connection; readonly clusterId: bigint } | undefined,
  ) {
    super();
    this.#wheel = wheel;
    this.#timeoutMs = timeoutMs;
    this.#leader = leader;
  }

  ask(waiter: TimestampWaiter): void {
    this.#waiting.push(waiter);
    this.#schedule();
  }

  /** Nobody waits for these any more: a caller that aborted. */
  forget(waiter: TimestampWaiter): void {
    const index = this.#waiting.indexOf(waiter);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  override onDeadline(): void {
    const address = this.#state.kind === "no-stream" ? "PD" : this.#state.connection.address;
    this.#fail(rpcFailure("timeout", "unknown", address, "no timestamp in time"));
  }

  close(): void {
    this.#fail(rpcFailure("unavailable", "not-sent", "PD", "the client was closed"));
  }

  /** A turn of the event loop gathers those who ask at the same time. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight.length > 0) return;
    this.#scheduled = true;
    setImmediate(this.#send);
  }

  readonly #send = (): void => {
    this.#scheduled = false;
    if (this.#inFlight.length > 0 || this.#waiting.length === 0) return;
    const leader = this.#leader();
    if (leader === undefined) {
      this.#fail(rpcFailure("unavailable", "not-sent", "PD", "no leader is known"));
      return;
    }
    const state = this.#state;
    if (state.kind !== "no-stream" && state.connection !== leader.connection) this.#drop();
    if (this.#state.kind !== "open") {
      if (this.#state.kind === "no-stream") this.#open(leader.connection);
      return;
    }
    this.#inFlight = this.#waiting;
    this.#waiting = [];
    this.#wheel.schedule(this, this.#timeoutMs);
    const { address, hooks } = leader.connection;
    this.#startedAt = performance.now();
    this.#started = hooks.requestStart?.({ rpc: RPC, address });
    this.#state.stream.write(frame(encodeTsoRequest(leader.clusterId, this.#inFlight.length)));
  };

  #open(connection: Connection): void {
    const opening: State = { kind: "opening", connection };
    this.#state = opening;
    this.#wheel.schedule(this, this.#timeoutMs);
    let current: State = opening;
    connection.openStream(
      PATH,
      {
        onMessage: (message) => {
          if (this.#state === current) this.#onMessage(connection.address, message);
        },
        onEnd: (failure) => {
          if (this.#state !== current) return;
          const what = "the server ended the timestamp stream";
          const ended = rpcFailure("unavailable", "unknown", connection.address, what);
          this.#fail(failure ?? ended);
        },
      },
      (stream) => {
        if (this.#state !== opening) {
          stream.cancel();
          return;
        }
        current = { kind: "open", connection, stream };
        this.#state = current;
        this.#schedule();
      },
    );
  }

  #onMessage(address: string, message: Uint8Array): void {
    const { error, count, timestamp: last, suffixBits } = decodeTsoResponse(message);
    if (last === undefined || error !== undefined) {
      const what = `no timestamp: ${error?.message ?? "an empty answer"}`;
      this.#fail(rpcFailure("unavailable", "unknown", address, what));
      return;
    }
    this.#wheel.cancel(this);
    this.#report("ok");
    const waiters = this.#inFlight;
    this.#inFlight = [];
    // It is the last of as many as were asked for.
    const step = 1n << BigInt(suffixBits);
    const first = last - step * BigInt(waiters.length - 1);
    if (count !== waiters.length || first <= this.#last) {
      this.#inFlight = waiters;
      const what = `timestamps ${first} to ${last} (${count}) do not follow ${this.#last}`;
      this.#fail(rpcFailure("unavailable", "unknown", address, what));
      return;
    }
    this.#last = last;
    let next = first;
    for (const waiter of waiters) {
      waiter.onTimestamp(next);
      next += step;
    }
    if (this.#waiting.length > 0) this.#schedule();
  }

  #report(outcome: "ok" | "failed"): void {
    if (this.#state.kind !== "open" || this.#inFlight.length === 0) return;
    const { address, hooks } = this.#state.connection;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    hooks.request?.({ rpc: RPC, address, seconds, outcome, started: this.#started });
  }

  #drop(): void {
    const state = this.#state;
    this.#state = { kind: "no-stream" };
    if (state.kind === "open") state.stream.cancel();
  }

  #fail(failure: RpcFailure): void {
    this.#wheel.cancel(this);
    this.#report("failed");
    this.#drop();
    const waiters = [...this.#inFlight, ...this.#waiting];
    this.#inFlight = [];
    this.#waiting = [];
    for (const waiter of waiters) waiter.onFailure(failure);
  }
}
