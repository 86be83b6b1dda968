import type { ClientHttp2Session } from "node:http2";
import { frame } from "./message-reader.js";
import { MessageStream } from "./message-stream.js";
import type { CallHolder, RpcCall } from "./rpc-call.js";
import { rpcFailure } from "./rpc-failure.js";
import type { TimerWheel } from "./timer-wheel.js";

/** One call of one message for one reply, on a stream of its own. */
export class UnaryHolder implements CallHolder {
  readonly address: string;
  readonly #stream: MessageStream;
  readonly #wheel: TimerWheel;
  #call: RpcCall | undefined;

  constructor(
    session: ClientHttp2Session,
    address: string,
    path: string,
    message: Uint8Array,
    call: RpcCall,
    wheel: TimerWheel,
    onHeard: () => void,
  ) {
    this.address = address;
    this.#call = call;
    this.#wheel = wheel;
    call.holder = this;
    call.sent = true;
    let reply: Uint8Array | undefined;
    this.#stream = new MessageStream(session, address, path, {
      onMessage: (bytes) => {
        onHeard();
        reply ??= bytes;
      },
      onEnd: (failure) => {
        const call = this.#call;
        if (call === undefined) return;
        this.#call = undefined;
        call.holder = undefined;
        wheel.cancel(call);
        if (failure !== undefined) call.onFailure(failure);
        else if (reply !== undefined) call.onReply(reply);
        else call.onFailure(rpcFailure("protocol", "unknown", address, "ended without a reply"));
      },
    });
    this.#stream.write(frame(message));
    this.#stream.end();
  }

  forget(call: RpcCall): void {
    this.#wheel.cancel(call);
    this.#call = undefined;
    this.#stream.cancel();
  }
}

/** A request in whole: `context` is its field 1, wherever it stands. */
export function wholeRequest(context: Uint8Array, body: Uint8Array): Uint8Array {
  const header: number[] = [0x0a];
  let length = context.length;
  for (; length > 0x7f; length = Math.floor(length / 128)) header.push((length % 128) | 0x80);
  header.push(length);
  return Buffer.concat([Buffer.from(header), context, body]);
}
