import { once } from "node:events";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { silentLogger } from "@roboflow/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection } from "./connection.js";
import { TimerWheel } from "./timer-wheel.js";

/** A server behind a wire that can be cut without either end noticing. */
const sessions: ServerHttp2Session[] = [];
const server = createHttp2Server();
server.on("session", (session) => sessions.push(session));
server.on("stream", (stream, headers) => {
  stream.on("error", () => {});
  if (headers[":path"] !== "/test.Test/Answer") return;
  const answer = { ":status": 200, "content-type": "application/grpc", "grpc-status": "0" };
  stream.respond(answer, { endStream: true });
});
let wires: Socket[];
const proxy = createServer((near) => {
  const far = connect((server.address() as AddressInfo).port, "127.0.0.1");
  near.pipe(far).pipe(near);
  for (const socket of [near, far]) socket.on("error", () => {});
  wires.push(near, far);
});
let wheel: TimerWheel;
let connection: Connection;

beforeEach(async () => {
  wires = [];
  for (const each of [server, proxy]) {
    each.listen(0, "127.0.0.1");
    await once(each, "listening");
  }
  // Only the wheel's clock is the test's: sockets are real.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  wheel = new TimerWheel();
  connection = new Connection(`127.0.0.1:${(proxy.address() as AddressInfo).port}`, {
    tls: undefined,
    wheel,
    hooks: {},
    logger: silentLogger,
  });
});
afterEach(() => {
  connection.close();
  wheel.close();
  vi.useRealTimers();
  for (const wire of wires) wire.destroy();
  for (const session of sessions) session.destroy();
  server.close();
  proxy.close();
});

async function open(path: string): Promise<{ readonly ended: Promise<unknown> }> {
  let onEnd: (failure: unknown) => void = () => {};
  const ended = new Promise((resolve) => {
    onEnd = resolve;
  });
  await new Promise<void>((resolve) => {
    connection.openStream(path, { onMessage: () => {}, onEnd }, () => resolve());
  });
  return { ended };
}

test("a connection that was cut off is broken by a ping without an answer", async () => {
  const { ended } = await open("/test.Test/Silent");
  for (const wire of wires) wire.unpipe();
  vi.advanceTimersByTime(10_100);
  expect(connection.reachable).toBe(true);
  vi.advanceTimersByTime(3_100);
  expect(await ended).toMatchObject({ kind: "unavailable" });
});

test("one that answers pings stays", async () => {
  const { ended } = await open("/test.Test/Silent");
  let over = false;
  void ended.then(() => (over = true));
  // After each ping 3.1 of the next 10 seconds pass while nothing may happen.
  for (const silentMs of [10_100, 7_000, 7_000]) {
    const session = sessions.at(-1);
    if (session === undefined) throw new Error("no session");
    const pinged = once(session, "ping");
    vi.advanceTimersByTime(silentMs);
    await pinged;
    // What the server answers next comes behind its answer to the ping.
    await (
      await open("/test.Test/Answer")
    ).ended;
    vi.advanceTimersByTime(3_100);
  }
  expect(over).toBe(false);
});
