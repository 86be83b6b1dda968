import { expect, test } from "vitest";
import { addressOfUrl, parseAddress } from "./address.js";

test.each([
  ["pd:2379", { host: "pd", port: 2379 }],
  ["127.0.0.1:1", { host: "127.0.0.1", port: 1 }],
  ["pd-0.pd.tidb.svc:65535", { host: "pd-0.pd.tidb.svc", port: 65_535 }],
  ["[::1]:2379", { host: "::1", port: 2379 }],
  ["[fe80::1%eth0]:2379", { host: "fe80::1%eth0", port: 2379 }],
])("%s is an address", (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});

test.each([
  "",
  "pd",
  "pd:",
  ":2379",
  "pd:0",
  "pd:65536",
  "http://pd:2379",
  "::1:2379",
  "a b:1",
  "u@pd:1",
])("%j is none", (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test("PD's members name themselves by URL", () => {
  expect(addressOfUrl("http://10.0.0.1:2379")).toBe("10.0.0.1:2379");
  expect(addressOfUrl("https://[::1]:2379/")).toBe("[::1]:2379");
  expect(addressOfUrl("unix://socket")).toBeUndefined();
});
