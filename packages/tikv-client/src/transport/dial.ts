import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import type { TlsOptions } from "../options.js";
import { parseAddress } from "./address.js";
import { rpcFailure, type FailureKind, type RpcFailure } from "./rpc-failure.js";
import { isTlsError, openSocket, readTlsFiles, speaksPlain, speaksTls } from "./tls.js";

const WINDOW_BYTES = 32 * 1024 * 1024;
/** Node ends a session that holds more, and replies of TiKV are as large as what was asked for. */
const SESSION_MEMORY_MB = 4096;
const DIAL_TIMEOUT_MS = 5000;
const TLS_HINT =
  "Check tls.ca, tls.cert, tls.key and tls.serverName, and that the server speaks TLS";

export type Dialled =
  | { readonly kind: "open"; readonly session: ClientHttp2Session }
  | { readonly kind: "failed"; readonly failure: RpcFailure };

/**
 * Opens an HTTP/2 connection; it is open once the server has spoken HTTP/2. `signal` gives up and
 * leaves no socket. TLS files are read anew each time.
 */
export async function dial(
  address: string,
  tls: TlsOptions | undefined,
  signal: AbortSignal,
): Promise<Dialled> {
  const failed = (kind: FailureKind, what: string, cause?: unknown, hint?: string): Dialled => ({
    kind: "failed",
    failure: rpcFailure(
      kind,
      "not-sent",
      address,
      cause === undefined ? what : `${what}: ${messageOf(cause)}`,
      hint === undefined ? { cause } : { cause, hint },
    ),
  });
  const where = parseAddress(address);
  if (where === undefined) return failed("unavailable", "is not host:port");
  let secure: SecureContextOptions | undefined;
  let socket: Socket;
  try {
    secure = tls === undefined ? undefined : await readTlsFiles(tls);
    socket = openSocket(where, secure, tls?.serverName);
  } catch (cause) {
    return failed(tls === undefined ? "unavailable" : "tls", "can't connect", cause, TLS_HINT);
  }
  const session = connectHttp2(`${secure === undefined ? "http" : "https"}://${address}`, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    maxSessionMemory: SESSION_MEMORY_MB,
  });
  const outcome = await untilSpoken(session, socket, signal);
  if (outcome.kind === "open") {
    session.setLocalWindowSize(WINDOW_BYTES);
    return { kind: "open", session };
  }
  session.destroy();
  socket.destroy();
  const { connected, error } = outcome;
  if (secure !== undefined && isTlsError(error)) {
    return failed("tls", "TLS failed", error, TLS_HINT);
  }
  // Go's servers, PD among them, hang up on a handshake that they don't expect.
  const hungUp = !connected && "code" in error && error.code === "ECONNRESET";
  if (secure !== undefined && hungUp && !signal.aborted && (await speaksPlain(where))) {
    const what = "the client speaks TLS, the server does not";
    return failed("tls", what, error, "Leave the tls option out, or set up TLS on the cluster");
  }
  if (secure === undefined && connected && !signal.aborted && (await speaksTls(where))) {
    const what = "the server speaks TLS, the client does not";
    return failed("tls", what, error, "Set the tls option");
  }
  if (connected && isProtocolError(error)) {
    return failed("not-grpc", "something else than gRPC answers", error);
  }
  // Some servers drop a client whose certificate they refuse without a word.
  const hint = secure !== undefined && connected ? TLS_HINT : undefined;
  return failed("unavailable", "can't connect", error, hint);
}

type Spoken =
  | { readonly kind: "open" }
  | { readonly kind: "failed"; readonly connected: boolean; readonly error: Error };

async function untilSpoken(
  session: ClientHttp2Session,
  socket: Socket,
  signal: AbortSignal,
): Promise<Spoken> {
  return await new Promise((resolve) => {
    let connected = false;
    const fail = (error: Error): void => end({ kind: "failed", connected, error });
    const onConnect = (): void => void (connected = true);
    const onSettings = (): void => end({ kind: "open" });
    const onClose = (): void => fail(new Error("the server closed the connection"));
    const onAbort = (): void => fail(new Error("given up"));
    const timer = setTimeout(() => {
      fail(new Error(`no answer within ${DIAL_TIMEOUT_MS} ms`));
    }, DIAL_TIMEOUT_MS);
    const end = (spoken: Spoken): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      session.off("connect", onConnect).off("remoteSettings", onSettings).off("close", onClose);
      resolve(spoken);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    session.on("connect", onConnect).on("remoteSettings", onSettings).on("close", onClose);
    // These stay: an error without a listener would end the process, and streams tell of it anyway.
    session.on("error", fail);
    // Node's session does not see an alert that comes after the handshake, e.g. "certificate required".
    socket.on("error", (error: Error) => {
      fail(error);
      session.destroy();
    });
  });
}

function isProtocolError(error: Error): boolean {
  return "code" in error && String(error.code).startsWith("ERR_HTTP2_");
}

function messageOf(cause: unknown): string {
  // Node names several refused addresses only within.
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(", ");
  if (!(cause instanceof Error)) return String(cause);
  // OpenSSL's message has the places in its sources, too.
  const isOpenSsl = "code" in cause && String(cause.code).startsWith("ERR_SSL_");
  return isOpenSsl && "reason" in cause ? String(cause.reason) : cause.message;
}
