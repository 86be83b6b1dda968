import { expect, test } from "vitest";
import { resolveOptions, type ClientOptions } from "./options.js";

test("every default is filled in", () => {
  expect(resolveOptions({ endpoints: ["pd:2379", "pd:2379", "[::1]:1"] })).toMatchObject({
    endpoints: ["pd:2379", "[::1]:1"],
    tls: undefined,
    apiVersion: "v1",
    keyspace: "DEFAULT",
    connectionsPerStore: 1,
    requestTimeoutMs: 8_000,
    connectTimeoutMs: 10_000,
  });
});

const endpoints = ["pd:2379"];

test.each<[string, ClientOptions, string]>([
  ["no endpoints", { endpoints: [] }, "ENDPOINTS"],
  ["a URL", { endpoints: ["http://pd:2379"] }, "ENDPOINTS"],
  ["no port", { endpoints: ["pd"] }, "ENDPOINTS"],
  ["an empty endpoint", { endpoints: ["pd:2379", ""] }, "ENDPOINTS"],
  ["a keyspace in API v1", { endpoints, keyspace: "a" }, "ARGUMENT"],
  ["a certificate without its key", { endpoints, tls: { cert: "a.pem" } }, "ARGUMENT"],
  ["an unknown API version", { endpoints, apiVersion: "v3" as "v2" }, "ARGUMENT"],
  ["no connections", { endpoints, connectionsPerStore: 0 }, "ARGUMENT"],
  ["a negative timeout", { endpoints, requestTimeoutMs: -1 }, "ARGUMENT"],
  ["a timeout that is no number", { endpoints, connectTimeoutMs: Number.NaN }, "ARGUMENT"],
])("%s is refused", (_, options, code) => {
  expect(() => resolveOptions(options)).toThrow(
    expect.objectContaining({ code: `ERR_ROBOFLOW_TIKV_${code}` }),
  );
});
