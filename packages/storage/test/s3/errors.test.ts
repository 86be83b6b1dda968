import { S3TestServer } from "@roboflow/s3-testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createStorage, joinUrl, type S3Options, type Storage } from "../../src/index.js";
import { s3Rig } from "./s3-rig.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

const main = {
  accessKeyId: "main",
  secretAccessKey: "secret-of-main",
  sessionToken: "token-of-main",
};
const reader = {
  accessKeyId: "reader",
  secretAccessKey: "secret-of-reader",
  allow: "read",
} as const;

interface Expected {
  readonly code: string;
  readonly permanence: "permanent" | "transient";
  readonly message: string | RegExp;
}

/** Every way to meet the bucket says the same of what is wrong with it. */
async function expectEverywhere(
  storage: Storage,
  base: string,
  { code, permanence, message }: Expected,
): Promise<void> {
  const url = joinUrl(base, "run");
  const calls = [
    () => storage.stat(url),
    () => storage.exists(url),
    () => storage.open(url),
    () => storage.put(url, new Uint8Array(1)),
    async () => {
      for await (const _ of storage.list(base));
    },
    () => storage.remove(url),
  ];
  for (const call of calls) {
    const error = await call().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code, permanence, message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/secret-of|token-of/);
  }
}

describe("an operator's mistake is named", () => {
  const start = async (s3: S3Options) =>
    s3Rig({ credentials: [main, reader], s3: { maxAttempts: 3, credentials: main, ...s3 } });

  it("a wrong bucket", async () => {
    await using rig = await start({});
    await expectEverywhere(rig.storage, "s3://robot/place/", {
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      permanence: "permanent",
      message: `there is no bucket robot at ${rig.server.url} \\(region us-east-1\\)`,
    });
  });

  it("a wrong region", async () => {
    await using rig = await start({ region: "eu-west-1" });
    await expectEverywhere(rig.storage, rig.base, {
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      permanence: "permanent",
      message: /bucket robots at .* \(region eu-west-1\) belongs to region us-east-1/,
    });
  });

  it.each([
    ["key", { ...main, accessKeyId: "other" }, "InvalidAccessKeyId"],
    ["secret", { ...main, secretAccessKey: "secret-of-other" }, "SignatureDoesNotMatch"],
  ])("a wrong %s", async (_, credentials, reason) => {
    await using rig = await start({ credentials });
    await expectEverywhere(rig.storage, rig.base, {
      code: "ERR_ROBOFLOW_STORAGE_DENIED",
      permanence: "permanent",
      message: `bucket robots .*${reason}`,
    });
  });

  it("a key that may only read", async () => {
    await using rig = await start({ credentials: reader });
    const url = joinUrl(rig.base, "run");
    expect(await rig.storage.exists(url)).toBe(false);
    await expect(rig.storage.put(url, new Uint8Array(1))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORAGE_DENIED",
      message: expect.stringContaining("not allowed to write in bucket robots"),
    });
  });

  it("credentials that have expired in the middle of the work", async () => {
    await using rig = await start({});
    const url = joinUrl(rig.base, "run");
    await rig.storage.put(url, new Uint8Array(1));
    rig.server.expireCredentials();
    await expectEverywhere(rig.storage, rig.base, {
      code: "ERR_ROBOFLOW_STORAGE_CREDENTIALS",
      permanence: "transient",
      message: /the credentials have expired \(ExpiredToken\)/,
    });
  });

  it("an endpoint where nobody answers", async () => {
    const server = await S3TestServer.start();
    await server.close();
    await using storage = createStorage({
      env: server.env,
      s3: { maxAttempts: 2, retryDelayMs: 1 },
    });
    await expectEverywhere(storage, "s3://robots/place/", {
      code: "ERR_ROBOFLOW_STORAGE_UNAVAILABLE",
      permanence: "transient",
      message: `no connection to ${server.url} .*ECONNREFUSED`,
    });
  });

  it("no credentials at all", async () => {
    await using server = await S3TestServer.start({ buckets: ["robots"] });
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("AWS_CONFIG_FILE", "/none");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/none");
    await using storage = createStorage({ env: {}, s3: { endpoint: server.url } });
    await expectEverywhere(storage, "s3://robots/place/", {
      code: "ERR_ROBOFLOW_STORAGE_CREDENTIALS",
      permanence: "permanent",
      message: "no usable credentials",
    });
  });
});

it("takes the clock of the store where its own is wrong", async () => {
  await using rig = await s3Rig({ now: () => Date.now() + 3_600_000 });
  const url = joinUrl(rig.base, "run");
  await rig.storage.put(url, new Uint8Array(3));
  expect((await rig.storage.stat(url)).size).toBe(3);
  expect(rig.retries.map(({ reason }) => reason)).toEqual(["RequestTimeTooSkewed"]);
});

it("uses renewed credentials of the chain", async () => {
  await using server = await S3TestServer.start({ buckets: ["robots"], credentials: main });
  vi.stubEnv("AWS_ACCESS_KEY_ID", main.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", main.secretAccessKey);
  vi.stubEnv("AWS_SESSION_TOKEN", main.sessionToken);
  // Without keys in `env`, the SDK's own chain looks for them.
  await using storage = createStorage({ env: {}, s3: { endpoint: server.url } });
  await storage.put("s3://robots/run", new Uint8Array(1));
  server.expireCredentials();
  server.setCredentials({ ...main, sessionToken: "renewed" });
  vi.stubEnv("AWS_SESSION_TOKEN", "renewed");
  expect(await storage.exists("s3://robots/run")).toBe(true);
});
