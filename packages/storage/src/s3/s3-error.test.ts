import { expect, it } from "vitest";
import { isRetryable, toS3Error } from "./s3-error.js";

const target = { url: "s3://robots/run", bucket: "robots", key: "run" };
const place = { endpoint: "http://127.0.0.1:1", region: "us-east-1" };

const answer = (Code: string, httpStatusCode: number): Error =>
  Object.assign(new Error("said the store"), { name: Code, Code, $metadata: { httpStatusCode } });
const socket = (code: string): Error => Object.assign(new Error("broken"), { code });

it.each([
  [answer("NoSuchKey", 404), "NOT_FOUND", "permanent", false],
  [answer("NoSuchBucket", 404), "BUCKET", "permanent", false],
  [answer("PermanentRedirect", 301), "BUCKET", "permanent", false],
  [answer("AccessDenied", 403), "DENIED", "permanent", false],
  [answer("ExpiredToken", 400), "CREDENTIALS", "transient", false],
  [answer("CredentialsProviderError", 0), "CREDENTIALS", "permanent", false],
  [answer("PreconditionFailed", 412), "CHANGED", "permanent", false],
  [answer("QuotaExceeded", 507), "FULL", "transient", false],
  [answer("EntityTooLarge", 400), "IO", "permanent", false],
  [answer("NotImplemented", 501), "IO", "permanent", false],
  [answer("NoSuchUpload", 404), "IO", "transient", false],
  [answer("SlowDown", 503), "UNAVAILABLE", "transient", true],
  [answer("Unknown", 502), "UNAVAILABLE", "transient", true],
  [answer("Unknown", 429), "UNAVAILABLE", "transient", true],
  [socket("ECONNREFUSED"), "UNAVAILABLE", "transient", true],
  [new Error("socket hang up"), "UNAVAILABLE", "transient", true],
  [new Error("Region is missing"), "BUCKET", "permanent", false],
])("%s is %s, %s", (cause, code, permanence, retryable) => {
  const error = toS3Error(cause, "read", target, place);
  expect(error).toMatchObject({ code: `ERR_ROBOFLOW_STORAGE_${code}`, permanence, cause });
  expect(error.message).toMatch(/^s3:\/\/robots\/run: /);
  expect(isRetryable(cause)).toBe(retryable);
});

it("tells an endpoint that is none from a missing object", () => {
  const listing = { ...target, url: "s3://robots/" };
  expect(toS3Error(answer("NotFound", 404), "list", listing, place)).toMatchObject({
    code: "ERR_ROBOFLOW_STORAGE_BUCKET",
    message: expect.stringContaining("http://127.0.0.1:1 (region us-east-1) does not list buckets"),
    hint: expect.stringContaining("AWS_ENDPOINT_URL_S3"),
  });
  const nowhere = { ...place, endpoint: "minio:9000" };
  for (const code of ["ERR_INVALID_URL", "EndpointError"]) {
    expect(toS3Error(socket(code), "list", listing, nowhere)).toMatchObject({
      code: "ERR_ROBOFLOW_STORAGE_BUCKET",
      message: "s3://robots/: the endpoint minio:9000 is no URL",
      hint: expect.stringContaining("http://HOST:PORT"),
    });
  }
});
