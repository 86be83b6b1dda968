import { expect, it } from "vitest";
import { httpAddress } from "./http-address.js";

it.each([
  ["9090", undefined, 9090],
  ["0.0.0.0:0", "0.0.0.0", 0],
  ["localhost:80", "localhost", 80],
  ["[::]:9090", "::", 9090],
])("takes %s", (text, host, port) => {
  expect(httpAddress(text)).toEqual({ host, port });
});

it.each(["", ":9090", "host", "host:", "host:65536", "::1:80", "http://host:80"])(
  "refuses %j",
  (text) => {
    expect(() => httpAddress(text)).toThrow("It must be HOST:PORT");
  },
);
