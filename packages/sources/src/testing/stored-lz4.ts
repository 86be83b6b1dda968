const MAX_BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * A valid LZ4 frame that stores its content uncompressed (LZ4 frame format 1.6: high bit of the
 * block's size), since no compressor is at hand: for readers it is LZ4 like any other.
 */
export function storeAsLz4(content: Uint8Array): Uint8Array {
  // Magic, version 01 with independent blocks, blocks of at most 4 MiB, checksum of these two bytes.
  const parts: Uint8Array[] = [Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73)];
  for (let at = 0; at < content.length; at += MAX_BLOCK_BYTES) {
    const block = content.subarray(at, at + MAX_BLOCK_BYTES);
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, (block.length | 0x8000_0000) >>> 0, true);
    parts.push(size, block);
  }
  parts.push(new Uint8Array(4));
  return Buffer.concat(parts);
}
