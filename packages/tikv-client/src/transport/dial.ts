import { readFile } from "node:fs/promises";
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type SecureClientSessionOptions,
} from "node:http2";
import { connect as connectTls, type SecureContextOptions } from "node:tls";
import type { TlsOptions } from "../options.js";
import { parseAddress, type Address } from "./address.js";
import { rpcFailure, type RpcFailure } from "./rpc-failure.js";

const WINDOW_BYTES = 32 * 1024 * 1024;
/** Node ends a session that holds more, and replies of TiKV are as large as what was asked for. */
const SESSION_MEMORY_MB = 4096;
const DIAL_TIMEOUT_MS = 5000;
const PROBE_TIMEOUT_MS = 1000;

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
  const where = parseAddress(address);
  if (where === undefined) {
    return failed("unavailable", address, "is not host:port");
  }
  let secure: SecureContextOptions | undefined;
  try {
    secure = tls === undefined ? undefined : await readTls(tls);
  } catch (cause) {
    const what = `the TLS files can't be read: ${messageOf(cause)}`;
    return failed(
      "tls",
      address,
      what,
      cause,
      "Check the paths and permissions of the tls options",
    );
  }
  return await open(address, where, tls, secure, signal);
}

async function readTls(tls: TlsOptions): Promise<SecureContextOptions> {
  const read = async (path: string | undefined): Promise<Buffer | undefined> =>
    path === undefined ? undefined : await readFile(path);
  const [ca, cert, key] = await Promise.all([read(tls.ca), read(tls.cert), read(tls.key)]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function open(
  address: string,
  where: Address,
  tls: TlsOptions | undefined,
  secure: SecureContextOptions | undefined,
  signal: AbortSignal,
): Promise<Dialled> {
  const serverName = tls?.serverName;
  const options: SecureClientSessionOptions = {
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    maxSessionMemory: SESSION_MEMORY_MB,
    ...secure,
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  const scheme = secure === undefined ? "http" : "https";
  let session: ClientHttp2Session;
  try {
    session = connectHttp2(`${scheme}://${address}`, options);
  } catch (cause) {
    // OpenSSL reads certificate and key when the socket is made.
    const kind = secure === undefined ? "unavailable" : "tls";
    return failed(kind, address, `can't connect: ${messageOf(cause)}`, cause);
  }
  const outcome = await untilSpoken(session, signal);
  if (outcome.kind === "open") {
    session.setLocalWindowSize(WINDOW_BYTES);
    return { kind: "open", session };
  }
  session.destroy();
  const { connected, error } = outcome;
  if (secure !== undefined && isTlsError(error)) {
    return failed("tls", address, `TLS failed: ${messageOf(error)}`, error, TLS_HINT);
  }
  if (secure === undefined && connected && !signal.aborted && (await speaksTls(where))) {
    return failed("tls", address, "the server speaks TLS, the client does not", error, PLAIN_HINT);
  }
  if (connected && isProtocolError(error)) {
    return failed(
      "not-grpc",
      address,
      `something else than gRPC answers: ${messageOf(error)}`,
      error,
    );
  }
  return failed("unavailable", address, `can't connect: ${messageOf(error)}`, error);
}

const TLS_HINT =
  "Check tls.ca, tls.cert, tls.key and tls.serverName, and that the server speaks TLS";
const PLAIN_HINT = "Set the tls option";

type Spoken =
  | { readonly kind: "open" }
  | { readonly kind: "failed"; readonly connected: boolean; readonly error: Error };

async function untilSpoken(session: ClientHttp2Session, signal: AbortSignal): Promise<Spoken> {
  return await new Promise((resolve) => {
    let connected = false;
    const end = (spoken: Spoken): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      session.removeAllListeners();
      // An error after this belongs to whoever holds the session; until then it must not throw.
      session.on("error", () => {});
      resolve(spoken);
    };
    const fail = (error: Error): void => end({ kind: "failed", connected, error });
    const onAbort = (): void => fail(new Error("given up"));
    const timer = setTimeout(() => {
      fail(new Error(`no answer within ${DIAL_TIMEOUT_MS} ms`));
    }, DIAL_TIMEOUT_MS);
    signal.addEventListener("abort", onAbort, { once: true });
    session.once("connect", () => {
      connected = true;
    });
    session.once("remoteSettings", () => end({ kind: "open" }));
    session.once("error", fail);
    session.once("close", () => fail(new Error("the server closed the connection")));
  });
}

/** What OpenSSL and Node's certificate check report, whether at the handshake or by an alert after it. */
function isTlsError(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return (
    code === "EPROTO" ||
    /^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|UNABLE_TO_|CRL_|INVALID_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/u.test(
      code,
    )
  );
}

function isProtocolError(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return code.startsWith("ERR_HTTP2_") || code.startsWith("HPE_");
}

/** Asked only after a plain connection was made and broke. */
async function speaksTls(where: Address): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connectTls({
      host: where.host,
      port: where.port,
      // Nothing is sent: only whether there is TLS matters.
      rejectUnauthorized: false,
      ALPNProtocols: ["h2"],
      timeout: PROBE_TIMEOUT_MS,
    });
    const end = (speaks: boolean): void => {
      socket.destroy();
      resolve(speaks);
    };
    socket.once("secureConnect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("close", () => end(false));
    socket.once("error", (error: Error) =>
      end("code" in error && /ALERT/u.test(String(error.code))),
    );
  });
}

function failed(
  kind: "unavailable" | "tls" | "not-grpc",
  address: string,
  what: string,
  cause?: unknown,
  hint?: string,
): Dialled {
  const more = hint === undefined ? { cause } : { cause, hint };
  return { kind: "failed", failure: rpcFailure(kind, "not-sent", address, what, more) };
}

function messageOf(cause: unknown): string {
  // Node names several refused addresses only within.
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(", ");
  return cause instanceof Error ? cause.message : String(cause);
}
