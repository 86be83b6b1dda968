import fc from "fast-check";
import { expect, it } from "vitest";
import { unchunk } from "./aws-chunked.js";

const encode = (chunks: readonly Uint8Array[], trailers: string): Uint8Array =>
  Buffer.concat([
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      chunk,
      Buffer.from("\r\n"),
    ]),
    Buffer.from(`0\r\n${trailers}\r\n`),
  ]);

it("joins chunks of any bytes, and gives what is behind them", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), (chunks) => {
      const { body, trailers } = unchunk(encode(chunks, "x-amz-checksum-crc32:AAA=\r\n"));
      expect(Buffer.from(body)).toEqual(Buffer.concat(chunks));
      expect([...trailers]).toEqual([["x-amz-checksum-crc32", "AAA="]]);
    }),
  );
});

it("refuses whatever is cut", () => {
  const whole = encode([Buffer.from("0123456789")], "");
  const end = whole.length - "\r\n".length;
  for (let length = 0; length < end; length += 1) {
    expect(() => unchunk(whole.subarray(0, length)), String(length)).toThrow(
      expect.objectContaining({ code: "IncompleteBody" }),
    );
  }
});
