import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { failureOf } from "./failure.js";
import { isExpired, isRetryable, type Place, toS3Error } from "./s3-error.js";
import type { EngineOptions } from "./s3-options.js";
import type { S3Target } from "./s3-url.js";

type Sdk = typeof import("@aws-sdk/client-s3");

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 64;
const MAX_DELAY_MS = 20_000;

/** One attempt at a request. */
export interface Attempt {
  readonly sdk: Sdk;
  readonly client: S3Client;
  /** 1 for the first. After that, an earlier one may have been done without us knowing. */
  readonly number: number;
  /** To be given to `client.send`. */
  readonly send: { readonly abortSignal?: AbortSignal };
}

/** Requests to one store: loads the SDK with the first, and tries again what may pass. */
export class Connection {
  readonly options: EngineOptions;
  #sdk: Promise<Sdk> | undefined;
  #client: S3Client | undefined;

  constructor(options: EngineOptions) {
    this.options = options;
  }

  /**
   * Makes a request until it passes: up to `maxAttempts` times, with pauses that double, drawn at
   * random so that many clients do not come back together. `operation` is S3's name of it, `action`
   * what the error says it did.
   * @throws StorageError, or the reason of the signal
   */
  async request<T>(
    operation: string,
    action: string,
    target: S3Target,
    signal: AbortSignal | undefined,
    work: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    const { maxAttempts, retryDelayMs } = this.options;
    // A caller's one signal goes with as many requests as there are at once.
    if (signal !== undefined) setMaxListeners(0, signal);
    let renewed = false;
    for (let number = 1; ; number++) {
      signal?.throwIfAborted();
      try {
        const { sdk, client } = await this.#connect();
        return await work({ sdk, client, number, send: signal ? { abortSignal: signal } : {} });
      } catch (error) {
        signal?.throwIfAborted();
        const renew = isExpired(error) && !renewed;
        if (number >= maxAttempts || !(renew || isRetryable(error))) {
          throw toS3Error(error, action, target, await this.#place());
        }
        if (renew) {
          // A new client asks the chain again, which may have newer ones by now.
          renewed = true;
          this.#drop();
        }
        this.tellRetry(operation, target, number, error);
        const longest = Math.min(MAX_DELAY_MS, retryDelayMs * 2 ** (number - 1));
        await sleep(Math.random() * longest, undefined, signal && { signal }).catch(() => {});
      }
    }
  }

  /** Tells of an attempt that failed and is made again. */
  tellRetry(operation: string, { url }: S3Target, attempt: number, error: unknown): void {
    const { logger, onRetry } = this.options;
    const info = { operation, url, attempt, reason: failureOf(error).code };
    logger.debug("object storage request failed, tried again", { ...info });
    onRetry?.(info);
  }

  close(): void {
    this.#drop();
  }

  async #connect(): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
    this.#sdk ??= import("@aws-sdk/client-s3");
    const sdk = await this.#sdk;
    this.#client ??= createClient(sdk, this.options);
    return { sdk, client: this.#client };
  }

  #drop(): void {
    this.#client?.destroy();
    this.#client = undefined;
  }

  async #place(): Promise<Place> {
    const { endpoint = "Amazon S3", region } = this.options;
    const known = region ?? (await this.#client?.config.region().catch(() => undefined));
    return { endpoint, region: known ?? "not set" };
  }
}

function createClient(sdk: Sdk, options: EngineOptions): S3Client {
  const { endpoint, region, forcePathStyle, credentials, dialect } = options;
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const client = quietly(
    () =>
      new sdk.S3Client({
        ...(endpoint !== undefined && { endpoint }),
        ...(region !== undefined && { region }),
        ...(forcePathStyle !== undefined && { forcePathStyle }),
        ...(credentials !== undefined && { credentials }),
        maxAttempts: 1,
        // The signature covers a hash of each body, which every store checks; further checksums are
        // refused by some.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
        expectContinueHeader: false,
        requestHandler: {
          connectionTimeout: CONNECT_TIMEOUT_MS,
          socketTimeout: options.idleTimeoutMs,
          httpAgent: agent,
          httpsAgent: agent,
        },
      }),
  );
  const header = dialect.createOnlyHeader;
  if (header !== undefined) renameCreateOnly(client, header);
  return client;
}

/** Sends the dialect's header in place of `If-None-Match: *` of a write, before it is signed. */
function renameCreateOnly(client: S3Client, header: string): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const headers = headersOf(args.request);
      if (headers?.["if-none-match"] === "*") {
        delete headers["if-none-match"];
        headers[header] = "true";
      }
      return next(args);
    },
    { step: "build", name: "createOnlyHeader" },
  );
}

function headersOf(request: unknown): Record<string, string> | undefined {
  if (typeof request !== "object" || request === null || !("headers" in request)) return undefined;
  return request.headers as Record<string, string>;
}

/** The SDK tells each process on Node 20 that later releases need a newer one: not its user's matter. */
function quietly<T>(create: () => T): T {
  const name = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";
  const before = process.env[name];
  process.env[name] = "true";
  try {
    return create();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}
