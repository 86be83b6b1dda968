import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import { MessageReader } from "./message-reader.js";
import { failureOfStatus, rpcFailure, type RpcFailure } from "./rpc-failure.js";

export interface StreamEvents {
  onMessage(message: Uint8Array): void;
  /** Once, and last. Undefined: the server ended the stream with status OK. */
  onEnd(failure: RpcFailure | undefined): void;
}

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = constants;

/** One gRPC call over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md), in both directions. */
export class MessageStream {
  readonly #stream: ClientHttp2Stream;
  readonly #address: string;
  #status: { readonly code: number; readonly message: string } | undefined;
  #broken: RpcFailure | undefined;
  #error: Error | undefined;
  #sent = false;

  constructor(session: ClientHttp2Session, address: string, path: string, events: StreamEvents) {
    this.#address = address;
    this.#stream = session.request({
      ":method": "POST",
      ":path": path,
      te: "trailers",
      "content-type": "application/grpc",
    });
    const reader = new MessageReader((message) => events.onMessage(message));
    this.#stream.on("response", (headers) => {
      this.#onHeaders(headers);
      this.#onStatus(headers);
    });
    this.#stream.on("trailers", (headers) => this.#onStatus(headers));
    this.#stream.on("data", (chunk: Buffer) => {
      if (this.#broken !== undefined) return;
      try {
        reader.push(chunk);
      } catch (cause) {
        this.#break(rpcFailure("protocol", "unknown", address, "an unreadable message", { cause }));
      }
    });
    // The server has said its last word: no use in keeping this half open. Not at once: Node frees
    // what it is still reading from when a stream closes within its own event (nodejs/node#38964).
    this.#stream.on("end", () => setImmediate(() => this.#stream.close()));
    // Its outcome is told at `close`, which always follows.
    this.#stream.on("error", (error: Error) => {
      this.#error = error;
    });
    this.#stream.on("close", () => events.onEnd(this.#outcome()));
  }

  /** Bytes that wait in this process. */
  get backlog(): number {
    return this.#stream.writableLength;
  }

  /** `framed`: whole messages with their gRPC headers. */
  write(framed: Uint8Array): void {
    this.#sent = true;
    this.#stream.write(framed);
  }

  onceDrained(drained: () => void): void {
    this.#stream.once("drain", drained);
  }

  /** No more messages from here; replies still come. */
  end(): void {
    this.#stream.end();
  }

  /** Not at once either: this may be called from an event of the session. */
  cancel(): void {
    setImmediate(() => this.#stream.close(NGHTTP2_CANCEL));
  }

  #break(failure: RpcFailure): void {
    this.#broken ??= failure;
    this.cancel();
  }

  #onHeaders(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const status = headers[":status"];
    const type = headers["content-type"] ?? "";
    if (status === 200 && type.startsWith("application/grpc")) return;
    const kind = status === 200 || status === 404 || status === 405 ? "not-grpc" : "unavailable";
    const what = `answers HTTP ${status ?? "nothing"} with content type "${type}", not gRPC`;
    // A proxy in between answers so too when it has lost a server that was at work.
    const executed = kind === "not-grpc" ? "not-sent" : "unknown";
    this.#break(rpcFailure(kind, executed, this.#address, what));
  }

  #onStatus(headers: IncomingHttpHeaders): void {
    const code = headers["grpc-status"];
    if (code === undefined) return;
    this.#status = { code: Number(code), message: unescape(headers["grpc-message"]) };
  }

  #outcome(): RpcFailure | undefined {
    if (this.#broken !== undefined) return this.#broken;
    if (this.#status !== undefined) {
      return failureOfStatus(this.#address, this.#status.code, this.#status.message);
    }
    const refused = this.#stream.rstCode === NGHTTP2_REFUSED_STREAM;
    return rpcFailure(
      "unavailable",
      refused || !this.#sent ? "not-sent" : "unknown",
      this.#address,
      this.#error === undefined
        ? "the connection closed before the answer"
        : `the connection broke: ${this.#error.message}`,
      { cause: this.#error },
    );
  }
}

/** `grpc-message` is percent-encoded UTF-8; what is not stays as it is. */
function unescape(value: unknown): string {
  const text = typeof value === "string" ? value : "";
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
