/** What is needed of ASN.1's distinguished encoding (X.690) to write a certificate. */
function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length =
    size < 0x80 ? [size] : size < 0x1_00 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...length), body]);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tagged(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => tagged(0x31, ...parts);
export const octets = (bytes: Uint8Array): Uint8Array => tagged(0x04, bytes);
export const bits = (bytes: Uint8Array): Uint8Array => tagged(0x03, Uint8Array.of(0), bytes);
export const utf8 = (value: string): Uint8Array => tagged(0x0c, Buffer.from(value));
export const yes = Uint8Array.of(0x01, 0x01, 0xff);

/** Element `[number]` that holds others. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  tagged(0xa0 + number, ...parts);

/** Element `[number]` in place of a plain type. */
export const implicit = (number: number, bytes: Uint8Array): Uint8Array =>
  tagged(0x80 + number, bytes);

/** @param bytes big endian; a leading bit makes it no less positive */
export const integer = (bytes: Uint8Array): Uint8Array =>
  tagged(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Uint8Array.of(0), bytes]));

/** @param value `YYYYMMDDHHMMSSZ` */
export const time = (value: string): Uint8Array => tagged(0x18, Buffer.from(value));

/** @param dotted its first two numbers make one byte, later ones take seven bits a byte */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const body = rest.flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) {
      groups.unshift((left & 0x7f) | 0x80);
    }
    return groups;
  });
  return tagged(0x06, Uint8Array.of(first * 40 + second, ...body));
}
