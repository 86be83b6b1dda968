import { readFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { isIP, connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type SecureContextOptions } from "node:tls";
import type { TlsOptions } from "../options.js";
import type { Address } from "./address.js";

const PROBE_TIMEOUT_MS = 1000;
const HTTP2 = ["h2"];

/**
 * What the TLS options' files hold now.
 * @throws Error for a file that can't be read or holds something else
 */
export async function readTlsFiles(tls: TlsOptions): Promise<SecureContextOptions> {
  const read = async (path: string | undefined, what: string): Promise<Buffer | undefined> => {
    if (path === undefined) return undefined;
    const pem = await readFile(path);
    // Node passes over authorities that are none without a word.
    if (new RegExp(`-----BEGIN [A-Z0-9 ]*${what}-----`, "u").test(pem.toString("latin1")))
      return pem;
    throw new Error(`${path} holds no ${what.toLowerCase()} in PEM format`);
  };
  const [ca, cert, key] = await Promise.all([
    read(tls.ca, "CERTIFICATE"),
    read(tls.cert, "CERTIFICATE"),
    read(tls.key, "PRIVATE KEY"),
  ]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * A socket that connects, with TLS if `secure` is given.
 * @throws Error when OpenSSL can't read certificate or key
 */
export function openSocket(
  { host, port }: Address,
  secure: SecureContextOptions | undefined,
  serverName: string | undefined,
): Socket {
  if (secure === undefined) return connectTcp({ host, port });
  // A name goes to the server so that it can choose a certificate; an address may not.
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({
    ...secure,
    host,
    port,
    ALPNProtocols: HTTP2,
    ...(name === undefined ? {} : { servername: name }),
  });
}

/** What OpenSSL and Node's certificate check report, at the handshake or by an alert after it. */
export function isTlsError(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return (
    code === "EPROTO" ||
    /^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|UNABLE_TO_|CRL_|INVALID_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/u.test(
      code,
    )
  );
}

/** Asked only after a plain connection was made and broke. Nothing is sent but a handshake. */
export async function speaksTls({ host, port }: Address): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connectTls({
      host,
      port,
      // Whose certificate it is does not matter here.
      rejectUnauthorized: false,
      ALPNProtocols: HTTP2,
      timeout: PROBE_TIMEOUT_MS,
    });
    const end = (speaks: boolean): void => {
      socket.destroy();
      resolve(speaks);
    };
    socket.once("secureConnect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("close", () => end(false));
    // A server that wants a certificate of the client says so by an alert.
    socket.on("error", (error: Error) => end("code" in error && /ALERT/u.test(String(error.code))));
  });
}

/** Asked only after a server hung up in the handshake. Nothing is sent but HTTP/2's preface. */
export async function speaksPlain({ host, port }: Address): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: PROBE_TIMEOUT_MS });
    // The name goes nowhere: no request is sent.
    const session = connectHttp2("http://localhost", { createConnection: () => socket });
    const end = (speaks: boolean): void => {
      resolve(speaks);
      // Not within the session's own event: there Node may not come back from it.
      setImmediate(() => {
        session.destroy();
        socket.destroy();
      });
    };
    session.once("remoteSettings", () => end(true));
    session.once("close", () => end(false));
    session.on("error", () => end(false));
    socket.once("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}
