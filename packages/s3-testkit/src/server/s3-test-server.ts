import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Credentials, DEFAULT_CREDENTIALS } from "../auth/credentials.js";
import type { Hook } from "../hooks/hook.js";
import { type Interception, Interceptor } from "../hooks/intercept.js";
import { type BucketStore, memoryBuckets, openBuckets } from "../store/bucket-store.js";
import { ADMIN_PATH, administer, type Administered } from "./admin.js";
import type { OpenUpload } from "./open-upload.js";
import type { S3TestServerOptions } from "./options.js";
import type { LoggedRequest } from "./request-log.js";
import { send } from "./send.js";
import { serve, type Service } from "./serve.js";

const MIN_PART_SIZE = 5 * 1024 * 1024;
/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_MS = 600_000;

/** An S3 server on 127.0.0.1, in this process. */
export class S3TestServer implements Administered, AsyncDisposable {
  /** e.g. `http://127.0.0.1:40123` */
  readonly url: string;
  readonly region: string;
  readonly #server: Server;
  readonly #store: BucketStore;
  readonly #interceptor = new Interceptor();
  readonly #expired = new Set<string>();
  readonly #service: Service;
  #credentials: readonly Credentials[];
  #log: LoggedRequest[] = [];

  private constructor(server: Server, store: BucketStore, options: S3TestServerOptions) {
    const { port } = server.address() as AddressInfo;
    const given = options.credentials ?? DEFAULT_CREDENTIALS;
    this.url = `http://127.0.0.1:${port}`;
    this.region = options.region ?? "us-east-1";
    this.#server = server;
    this.#store = store;
    this.#credentials = isList(given) ? given : [given];
    const now = options.now ?? Date.now;
    const known = (): readonly Credentials[] => this.#credentials;
    this.#service = {
      context: {
        buckets: store.buckets,
        createBucket: store.create,
        now,
        dialect: options.dialect ?? "s3",
        minPartSize: options.minPartSize ?? MIN_PART_SIZE,
      },
      authority: {
        region: this.region,
        get known() {
          return known();
        },
        expired: this.#expired,
        now,
      },
      interceptor: this.#interceptor,
      log: (request) => void this.#log.push(request),
    };
    server.on("request", (message, response) => void this.#answer(message, response));
  }

  static async start(options: S3TestServerOptions = {}): Promise<S3TestServer> {
    const { directory } = options;
    const store = directory === undefined ? memoryBuckets() : await openBuckets(directory);
    for (const name of options.buckets ?? []) {
      if (!store.buckets.has(name)) await store.create(name);
    }
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
    server.listen(options.port ?? 0, "127.0.0.1");
    await once(server, "listening");
    return new S3TestServer(server, store, options);
  }

  /** The variables that make a client of this server of a process. */
  get env(): Readonly<Record<string, string>> {
    const [{ accessKeyId, secretAccessKey, sessionToken } = DEFAULT_CREDENTIALS] =
      this.#credentials;
    return {
      AWS_ENDPOINT_URL_S3: this.url,
      AWS_REGION: this.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    };
  }

  /** Every request so far, or since `clearLog()`, in the order in which they ended. */
  get log(): readonly LoggedRequest[] {
    return this.#log;
  }

  clearLog(): void {
    this.#log = [];
  }

  /** Number of requests in the log. */
  get requests(): number {
    return this.#log.length;
  }

  /** Asked about each request from now on, behind the hooks that are there already. */
  intercept(hook: Hook): Interception {
    return this.#interceptor.add(hook);
  }

  /** Hooks that are in place. */
  get faults(): readonly Interception[] {
    return this.#interceptor.list();
  }

  clearFaults(): void {
    this.#interceptor.clear();
  }

  /** Uploads that clients began and neither completed nor aborted. */
  uploads(): OpenUpload[] {
    return [...this.#store.buckets].flatMap(([bucket, { uploads }]) =>
      [...uploads.values()].map(({ id, key, parts }) => ({
        bucket,
        key,
        uploadId: id,
        parts: parts.size,
      })),
    );
  }

  /** Keys of a bucket's objects, in order; of none if there is no such bucket. */
  keys(bucket: string): readonly string[] {
    return this.#store.buckets.get(bucket)?.sortedKeys() ?? [];
  }

  /** From now on the server takes other keys; the former ones are unknown. */
  setCredentials(credentials: Credentials | readonly Credentials[]): void {
    this.#credentials = isList(credentials) ? credentials : [credentials];
  }

  /** From now on the server's keys, or their session tokens, have expired, until others are set. */
  expireCredentials(): void {
    for (const { accessKeyId, sessionToken } of this.#credentials) {
      this.#expired.add(sessionToken ?? accessKeyId);
    }
  }

  /** Ends it and cuts all connections. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(message);
      const path = message.url ?? "/";
      if (path.startsWith(ADMIN_PATH)) {
        const answer = administer(this, message.method ?? "GET", path, body);
        await send(response, answer, {}, undefined);
      } else await serve(this.#service, message, response, body);
    } catch {
      // The client is gone, or spoke no HTTP that makes sense.
      response.destroy();
    }
  }
}

async function readBody(message: IncomingMessage): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of message as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

function isList(given: Credentials | readonly Credentials[]): given is readonly Credentials[] {
  return Array.isArray(given);
}
