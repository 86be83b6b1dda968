import { describe, expect, it } from "vitest";
import { sha256Hex } from "./hash.js";

describe("sha256Hex", () => {
  it("matches the published test vector (FIPS 180-2, B.1)", () => {
    expect(sha256Hex("abc")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  it("hashes the exact bytes: a byte order mark and CRLF count", () => {
    expect(sha256Hex("\uFEFFa\r\n")).toBe(
      sha256Hex(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0x0d, 0x0a)),
    );
    expect(sha256Hex("a\r\n")).not.toBe(sha256Hex("a\n"));
  });
});
