import { BatchWriter, readBatch } from "@roboflow/tikv-proto";
import type { ClientHttp2Session } from "node:http2";
import type { ClientHooks } from "../options.js";
import { MessageStream } from "./message-stream.js";
import type { CallHolder, RpcCall } from "./rpc-call.js";
import { rpcFailure, type RpcFailure } from "./rpc-failure.js";
import type { TimerWheel } from "./timer-wheel.js";

/** Above this, requests gather here instead of in the socket's queue. */
const BACKLOG_BYTES = 4 * 1024 * 1024;
/** A message as large as this is sent before more is added to it; TiKV takes 10 MiB at least. */
const MESSAGE_BYTES = 2 * 1024 * 1024;
const PATH = "/tikvpb.Tikv/BatchCommands";

export interface BatchEvents {
  /** Bytes came: the connection lives. */
  onHeard(): void;
  /** `sent`: of these the server may have executed any; `queued`: of these none. */
  onEnd(failure: RpcFailure, sent: readonly RpcCall[], queued: readonly RpcCall[]): void;
}

/** One `BatchCommands` stream: what is asked for within one turn of the event loop is one message. */
export class BatchStream implements CallHolder {
  readonly address: string;
  readonly #wheel: TimerWheel;
  readonly #hooks: ClientHooks;
  readonly #events: BatchEvents;
  readonly #stream: MessageStream;
  readonly #pending = new Map<number, RpcCall>();
  #queue: RpcCall[] = [];
  #scheduled = false;
  #nextId = 1;
  #ended: RpcFailure | undefined;

  constructor(
    session: ClientHttp2Session,
    address: string,
    wheel: TimerWheel,
    hooks: ClientHooks,
    events: BatchEvents,
  ) {
    this.address = address;
    this.#wheel = wheel;
    this.#hooks = hooks;
    this.#events = events;
    this.#stream = new MessageStream(session, address, PATH, {
      onMessage: (message) => this.#onMessage(message),
      onEnd: (failure) => this.#onEnd(failure),
    });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  get busy(): boolean {
    return this.#pending.size > 0 || this.#queue.length > 0;
  }

  submit(call: RpcCall): void {
    call.holder = this;
    call.sent = false;
    this.#queue.push(call);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  forget(call: RpcCall): void {
    this.#wheel.cancel(call);
    if (call.sent) {
      this.#pending.delete(call.id);
    } else {
      const index = this.#queue.indexOf(call);
      if (index >= 0) this.#queue.splice(index, 1);
    }
  }

  /** Replies still come, requests no more; hands back those not sent yet. */
  finish(): readonly RpcCall[] {
    const queued = this.#queue;
    this.#queue = [];
    this.#stream.end();
    return queued;
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    if (this.#queue.length === 0) return;
    if (this.#stream.backlog > BACKLOG_BYTES) {
      this.#scheduled = true;
      this.#stream.onceDrained(this.#flush);
      return;
    }
    const calls = this.#queue;
    this.#queue = [];
    let writer = new BatchWriter();
    let count = 0;
    let bytes = 0;
    for (const call of calls) {
      const { batchField, context, body } = call;
      if (batchField === undefined) continue;
      call.id = this.#nextId++;
      call.sent = true;
      this.#pending.set(call.id, call);
      writer.add(call.id, batchField, context, body);
      count++;
      bytes += context.length + body.length;
      if (bytes < MESSAGE_BYTES) continue;
      this.#write(writer, count);
      writer = new BatchWriter();
      count = 0;
      bytes = 0;
    }
    if (count > 0) this.#write(writer, count);
  };

  #write(writer: BatchWriter, size: number): void {
    this.#hooks.batch?.({ address: this.address, size });
    this.#stream.write(writer.finish());
  }

  #onMessage(message: Uint8Array): void {
    this.#events.onHeard();
    readBatch(message, this.#onReply);
  }

  readonly #onReply = (id: number, field: number, bytes: Uint8Array): void => {
    const call = this.#pending.get(id);
    // Its deadline has passed, or its caller has gone.
    if (call === undefined) return;
    this.#pending.delete(id);
    this.#wheel.cancel(call);
    call.holder = undefined;
    if (field === call.batchField) {
      call.onReply(bytes);
      return;
    }
    const what = `answers ${call.rpc} with command ${field}`;
    call.onFailure(rpcFailure("protocol", "unknown", this.address, what));
  };

  #onEnd(failure: RpcFailure | undefined): void {
    const sent = [...this.#pending.values()];
    const queued = this.#queue;
    this.#pending.clear();
    this.#queue = [];
    this.#ended =
      failure ?? rpcFailure("unavailable", "unknown", this.address, "the server ended the stream");
    this.#events.onEnd(this.#ended, sent, queued);
  }
}
