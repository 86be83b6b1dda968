import { describe, expect, it } from "vitest";
import { ossEngineOptions, s3EngineOptions } from "./environment.js";

const keys = { AWS_ACCESS_KEY_ID: "aws-id", AWS_SECRET_ACCESS_KEY: "aws-secret" };

describe("s3:", () => {
  const options = (env: NodeJS.ProcessEnv, given = {}) => s3EngineOptions(given, { env });

  it("leaves to Amazon's SDK what nobody says", () => {
    const { endpoint, region, credentials, forcePathStyle } = options({});
    expect({ endpoint, region, credentials, forcePathStyle }).toEqual({});
  });

  it("takes keys, region and endpoint from the environment", () => {
    const env = { ...keys, AWS_SESSION_TOKEN: "token", AWS_REGION: "eu-west-1" };
    expect(options({ ...env, AWS_DEFAULT_REGION: "us-west-2" })).toMatchObject({
      region: "eu-west-1",
      credentials: { accessKeyId: "aws-id", secretAccessKey: "aws-secret", sessionToken: "token" },
    });
    const endpoints = { AWS_ENDPOINT_URL: "http://all:1", AWS_ENDPOINT_URL_S3: "http://s3:2" };
    expect(options(endpoints).endpoint).toBe("http://s3:2");
    expect(options({ AWS_ENDPOINT_URL: "http://all:1" }).endpoint).toBe("http://all:1");
  });

  it("puts the bucket into the path for stores that are not Amazon's", () => {
    const at = (endpoint: string) => options({ AWS_ENDPOINT_URL_S3: endpoint });
    expect(at("http://127.0.0.1:9000")).toMatchObject({
      forcePathStyle: true,
      region: "us-east-1",
    });
    expect(at("https://s3.eu-west-1.amazonaws.com").forcePathStyle).toBeUndefined();
    expect(options({}, { endpoint: "http://x", forcePathStyle: false }).forcePathStyle).toBe(false);
  });

  it("prefers what the caller says", () => {
    const given = {
      endpoint: "http://mine",
      region: "here",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    };
    const env = { ...keys, AWS_ENDPOINT_URL: "http://other", AWS_REGION: "there" };
    expect(options(env, given)).toMatchObject(given);
  });
});

describe("oss:", () => {
  const options = (env: NodeJS.ProcessEnv, given = {}) => ossEngineOptions(given, { env });

  it("takes its own variables", () => {
    const env = {
      ...keys,
      OSS_ENDPOINT: "s3.oss-cn-hangzhou.aliyuncs.com",
      OSS_ACCESS_KEY_ID: "oss-id",
      OSS_ACCESS_KEY_SECRET: "oss-secret",
      OSS_SESSION_TOKEN: "oss-token",
    };
    expect(options(env)).toMatchObject({
      endpoint: "https://s3.oss-cn-hangzhou.aliyuncs.com",
      region: "cn-hangzhou",
      forcePathStyle: false,
      credentials: {
        accessKeyId: "oss-id",
        secretAccessKey: "oss-secret",
        sessionToken: "oss-token",
      },
      dialect: { scheme: "oss:" },
    });
  });

  it("knows the endpoint of a region, and the region of an endpoint", () => {
    expect(options({ OSS_REGION: "oss-cn-beijing" })).toMatchObject({
      endpoint: "https://s3.oss-cn-beijing.aliyuncs.com",
      region: "cn-beijing",
    });
    const internal = options({ OSS_ENDPOINT: "https://oss-us-west-1-internal.aliyuncs.com" });
    expect(internal.region).toBe("us-west-1");
    expect(options({ OSS_ENDPOINT: "http://127.0.0.1:9000" }).forcePathStyle).toBe(true);
  });

  it("falls back to what s3: takes", () => {
    expect(options({ ...keys, AWS_ENDPOINT_URL: "http://all:1" })).toMatchObject({
      endpoint: "http://all:1",
      credentials: { accessKeyId: "aws-id" },
      dialect: { scheme: "oss:", createOnlyHeader: "x-oss-forbid-overwrite" },
    });
    expect(options({ ...keys, OSS_REGION: "cn-beijing" })).toMatchObject({
      credentials: { accessKeyId: "aws-id" },
    });
  });
});
