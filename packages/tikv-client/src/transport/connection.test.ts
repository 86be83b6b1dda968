import { once } from "node:events";
import {
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { silentLogger } from "@roboflow/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Connection } from "./connection.js";
import { frame, MessageReader } from "./message-reader.js";
import { RpcCall } from "./rpc-call.js";
import type { RpcFailure } from "./rpc-failure.js";
import { TimerWheel } from "./timer-wheel.js";

const NONE = new Uint8Array(0);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** A unary call as a promise. */
class Call extends RpcCall {
  readonly rpc = "Test";
  readonly batchField = undefined;
  readonly context = NONE;
  readonly body = NONE;
  readonly outcome: Promise<Uint8Array | RpcFailure>;
  #settle: (outcome: Uint8Array | RpcFailure) => void = () => {};

  constructor() {
    super();
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  override onReply(bytes: Uint8Array): void {
    this.#settle(bytes);
  }

  override onFailure(failure: RpcFailure): void {
    this.#settle(failure);
  }
}

let server: Http2Server;
let sessions: ServerHttp2Session[];
let answer: (stream: ServerHttp2Stream, message: string) => void;
let wheel: TimerWheel;
let connection: Connection;

beforeEach(async () => {
  sessions = [];
  answer = (stream, message) => reply(stream, `got ${message}`);
  server = createServer();
  server.on("session", (session) => sessions.push(session));
  server.on("stream", (stream) => {
    const reader = new MessageReader((message) => answer(stream, text(message)));
    stream.on("data", (chunk: Buffer) => reader.push(chunk));
    stream.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  wheel = new TimerWheel();
  connection = new Connection(`127.0.0.1:${(server.address() as AddressInfo).port}`, {
    tls: undefined,
    wheel,
    hooks: {},
    logger: silentLogger,
  });
});
afterEach(() => {
  connection.close();
  wheel.close();
  for (const session of sessions) session.destroy();
  server.close();
});

const GRPC = { ":status": 200, "content-type": "application/grpc" };

function reply(stream: ServerHttp2Stream, message: string, status = "0"): void {
  stream.respond(GRPC, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
  stream.end(frame(Buffer.from(message)));
}

async function ask(message = "hello", timeoutMs = 5000): Promise<string | RpcFailure> {
  const call = new Call();
  connection.submitUnary("/test.Test/Test", Buffer.from(message), call, timeoutMs);
  const outcome = await call.outcome;
  return outcome instanceof Uint8Array ? text(outcome) : outcome;
}

test("calls share one connection that is dialled once", async () => {
  const asked = await Promise.all(Array.from({ length: 20 }, async (_, i) => ask(`${i}`)));
  expect(asked).toEqual(Array.from({ length: 20 }, (_, i) => `got ${i}`));
  expect(sessions).toHaveLength(1);
});

test.each<[string, (stream: ServerHttp2Stream) => void, Partial<RpcFailure>]>([
  [
    "a status in the headers alone",
    (stream) =>
      stream.respond(
        { ...GRPC, "grpc-status": "14", "grpc-message": "not%20leader" },
        { endStream: true },
      ),
    { kind: "unavailable", status: 14, executed: "unknown" },
  ],
  [
    "a status behind a message",
    (stream) => reply(stream, "half", "13"),
    { kind: "unavailable", status: 13 },
  ],
  [
    "an unknown method",
    (stream) => stream.respond({ ...GRPC, "grpc-status": "12" }, { endStream: true }),
    { kind: "unimplemented", executed: "not-sent" },
  ],
  [
    "a page of HTML",
    (stream) => {
      stream.respond({ ":status": 200, "content-type": "text/html" });
      stream.end("<html>");
    },
    { kind: "not-grpc" },
  ],
  [
    "a proxy that has lost the server",
    (stream) => stream.respond({ ":status": 504 }, { endStream: true }),
    { kind: "unavailable", executed: "unknown" },
  ],
  ["a refused stream", (stream) => stream.close(7), { kind: "unavailable", executed: "not-sent" }],
  [
    "a broken connection",
    (stream) => stream.session?.destroy(),
    { kind: "unavailable", executed: "unknown" },
  ],
  [
    "an OK without a message",
    (stream) => stream.respond({ ...GRPC, "grpc-status": "0" }, { endStream: true }),
    { kind: "protocol" },
  ],
  [
    "a compressed message",
    (stream) => {
      stream.respond(GRPC);
      stream.write(Buffer.from([1, 0, 0, 0, 1, 65]));
    },
    { kind: "protocol" },
  ],
])("%s is told apart", async (_, respond, failure) => {
  answer = respond;
  expect(await ask()).toMatchObject(failure);
  answer = (stream, message) => reply(stream, message);
  // A connection that broke soon after it was made is not dialled again at once.
  await expect.poll(() => ask("again")).toBe("again");
});

test("a message of gRPC's status is unescaped", async () => {
  answer = (stream) =>
    stream.respond(
      { ...GRPC, "grpc-status": "14", "grpc-message": "caf%C3%A9 %zz" },
      { endStream: true },
    );
  const failure = await ask();
  expect(failure).toMatchObject({
    error: { message: expect.stringContaining("UNAVAILABLE: caf%C3%A9 %zz") },
  });
  answer = (stream) =>
    stream.respond(
      { ...GRPC, "grpc-status": "14", "grpc-message": "caf%C3%A9" },
      { endStream: true },
    );
  expect(await ask()).toMatchObject({
    error: { message: expect.stringContaining("UNAVAILABLE: café") },
  });
});

test("a deadline passes without an answer, and cancels the call", async () => {
  const cancelled = new Promise<number>((resolve) => {
    answer = (stream) => stream.on("close", () => resolve(stream.rstCode));
  });
  expect(await ask("slow", 30)).toMatchObject({ kind: "timeout", executed: "unknown" });
  expect(await cancelled).toBe(8);
});

test("after GOAWAY new calls go to a new connection, those on their way are answered", async () => {
  let finish = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    answer = (stream, message) => {
      finish = () => reply(stream, message);
      resolve();
    };
  });
  const slow = ask("slow");
  await arrived;
  sessions[0]?.goaway(0);
  await expect
    .poll(async () => {
      answer = (stream, message) => reply(stream, message);
      await ask("new");
      return sessions.length;
    })
    .toBe(2);
  finish();
  expect(await slow).toBe("slow");
});

test("a failed dial is the answer for a while: nothing is dialled meanwhile", async () => {
  connection.close();
  server.close();
  await once(server, "close");
  const { address } = connection;
  connection = new Connection(address, { tls: undefined, wheel, hooks: {}, logger: silentLogger });
  expect(connection.reachable).toBe(true);
  const first = await ask();
  expect(first).toMatchObject({ kind: "unavailable", executed: "not-sent" });
  expect(connection.reachable).toBe(false);
  expect(await ask()).toBe(first);
});

test("a closed connection fails what it has and what comes", async () => {
  answer = () => {};
  const waiting = ask();
  await expect.poll(() => sessions.length).toBe(1);
  connection.close();
  expect(await waiting).toMatchObject({ kind: "unavailable" });
  expect(await ask()).toMatchObject({ kind: "unavailable", executed: "not-sent" });
  expect(wheel.size).toBe(0);
});
