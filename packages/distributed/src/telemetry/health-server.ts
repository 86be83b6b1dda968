import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { silentLogger, type Logger } from "@roboflow/core";
import { DistributedError } from "../error.js";
import type { Verdict, WorkerHealth } from "../worker/worker-health.js";

/** What the server tells of: a `Worker`, and perhaps `Metrics`. */
export interface HealthServerOptions {
  /** 127.0.0.1 by default: beyond this machine only when it is asked for. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly worker: { health(): WorkerHealth };
  readonly metrics?: { readonly contentType: string; text(): Promise<string> };
  readonly logger?: Logger;
}

export interface HealthServer extends AsyncDisposable {
  /** With the port that it has got. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves `/livez` and `/readyz` (200 or 503 with the reason), `/health` (`WorkerHealth` as JSON) and
 * `/metrics`. It knows no users and tells no secrets; keep it inside of the cluster all the same.
 * @throws DistributedError `ERR_ROBOFLOW_HEALTH_LISTEN` if the address can't be had
 */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host = "127.0.0.1", port, logger = silentLogger } = options;
  const server = createServer((request, response) => {
    void respond(request, response, options, logger);
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new DistributedError(
      "ERR_ROBOFLOW_HEALTH_LISTEN",
      `Health can't be served on ${host}:${port}`,
      { cause, hint: "Name a free port and an address of this machine." },
    );
  }
  const close = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  let closing: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => (closing ??= close());
  return {
    url: urlOf(host, server.address()),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
}

function urlOf(
  host: string,
  address: ReturnType<ReturnType<typeof createServer>["address"]>,
): string {
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: HealthServerOptions,
  logger: Logger,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerTo(request, options);
  } catch (error) {
    logger.error("Health or metrics could not be told", { error });
    answer = text(500, "internal error");
  }
  response.writeHead(answer.status, {
    "content-type": answer.type,
    "content-length": Buffer.byteLength(answer.body),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

async function answerTo(
  { method, url = "" }: IncomingMessage,
  { worker, metrics }: HealthServerOptions,
): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return text(405, "GET or HEAD only");
  const [path = ""] = url.split("?");
  switch (path) {
    case "/livez":
      return verdict(worker.health().live);
    case "/readyz":
      return verdict(worker.health().ready);
    case "/health":
      return { status: 200, type: "application/json", body: JSON.stringify(worker.health()) };
    case "/metrics":
      if (metrics === undefined) return text(404, "metrics are off");
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return text(404, "/livez, /readyz, /health or /metrics");
  }
}

function verdict(of: Verdict): Answer {
  return of.ok ? text(200, "ok") : text(503, of.reason);
}

function text(status: number, message: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body: `${message}\n` };
}
