/** Bytes as text: test runners compare long arrays number by number, which takes seconds. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
