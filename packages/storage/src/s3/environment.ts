import { silentLogger, type Logger } from "@roboflow/core";
import type { Dialect, EngineOptions, RetryInfo, S3Credentials, S3Options } from "./s3-options.js";

const MiB = 1024 * 1024;
const S3: Dialect = { scheme: "s3:", hasIfMatch: true };
/** OSS refuses conditional headers of S3 on writes; this is its own for "create only". */
const OSS: Dialect = {
  scheme: "oss:",
  hasIfMatch: false,
  createOnlyHeader: "x-oss-forbid-overwrite",
};

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly logger?: Logger;
  readonly onRetry?: (info: RetryInfo) => void;
}

/** `s3:` by options and the `AWS_*` variables, as the AWS command line takes them. */
export function s3EngineOptions(options: S3Options, surroundings: Surroundings): EngineOptions {
  const { env } = surroundings;
  const endpoint = options.endpoint ?? env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
  const region = options.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  const isAmazon = endpoint === undefined || /\.amazonaws\.com(\.cn)?$/.test(hostOf(endpoint));
  return complete(S3, surroundings, {
    // Other stores mostly ignore it, but every signature needs one.
    ...(isAmazon ? {} : { forcePathStyle: true, region: "us-east-1" }),
    ...present({ endpoint, region, credentials: awsCredentials(env) }),
    ...options,
  });
}

/** `oss:` by options and the `OSS_*` variables; without those, as `s3:`. */
export function ossEngineOptions(options: S3Options, surroundings: Surroundings): EngineOptions {
  const { env } = surroundings;
  // Written with and without the prefix that host names have.
  const region = (options.region ?? env["OSS_REGION"])?.replace(/^oss-/, "");
  const endpoint = options.endpoint ?? env["OSS_ENDPOINT"] ?? (region && ossEndpoint(region));
  if (endpoint === undefined) {
    return { ...s3EngineOptions(options, surroundings), dialect: OSS };
  }
  const url = endpoint.includes("://") ? endpoint : `https://${endpoint}`;
  return complete(OSS, surroundings, {
    // OSS itself takes the bucket in the host name only; an address has no such name.
    forcePathStyle: /^[\d.]+$|^\[/.test(hostOf(url)),
    region:
      /^(?:s3\.)?oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/.exec(hostOf(url))?.[1] ??
      "us-east-1",
    ...present({ credentials: ossCredentials(env) ?? awsCredentials(env) }),
    ...options,
    ...present({ region }),
    endpoint: url,
  });
}

function ossEndpoint(region: string): string {
  return `https://s3.oss-${region}.aliyuncs.com`;
}

function awsCredentials(env: NodeJS.ProcessEnv): S3Credentials | undefined {
  return credentialsOf(
    env["AWS_ACCESS_KEY_ID"],
    env["AWS_SECRET_ACCESS_KEY"],
    env["AWS_SESSION_TOKEN"],
  );
}

function ossCredentials(env: NodeJS.ProcessEnv): S3Credentials | undefined {
  return credentialsOf(
    env["OSS_ACCESS_KEY_ID"],
    env["OSS_ACCESS_KEY_SECRET"],
    env["OSS_SESSION_TOKEN"],
  );
}

function credentialsOf(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
): S3Credentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function complete(dialect: Dialect, from: Surroundings, options: S3Options): EngineOptions {
  return {
    maxAttempts: 8,
    retryDelayMs: 100,
    idleTimeoutMs: 60_000,
    partSize: 8 * MiB,
    ...options,
    dialect,
    logger: from.logger ?? silentLogger,
    ...(from.onRetry && { onRetry: from.onRetry }),
  };
}

function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
}
