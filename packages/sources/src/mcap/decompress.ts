import { createRequire } from "node:module";
import { dirname } from "node:path";

/** More than any recorder writes, few enough bytes for a worker's memory. */
export const MAX_CHUNK_BYTES = 256 * 1024 * 1024;

/** What a compressed byte can become at most: LZ4 255, Zstandard a 128 KiB block from 4 bytes. */
const MAX_RATIO = { lz4: 255, zstd: 32_768 } as const;
const SMALL = 64 * 1024;

export type Compression = keyof typeof MAX_RATIO;

export function isCompression(name: string): name is Compression {
  return Object.hasOwn(MAX_RATIO, name);
}

/** Whether that many bytes can come out of so few: asked before memory is taken for them. */
export function isPlausibleSize(name: Compression, compressed: number, size: number): boolean {
  return size <= MAX_CHUNK_BYTES && size <= SMALL + compressed * MAX_RATIO[name];
}

/** Throws if `content` does not decompress, or not to `size` bytes. Decoders load when first used. */
export async function decompress(
  name: Compression,
  content: Uint8Array,
  size: number,
): Promise<Uint8Array> {
  const output = name === "lz4" ? await fromLz4(content, size) : await fromZstd(content, size);
  if (output.length !== size) throw new Error(`${output.length} bytes came out, not ${size}`);
  return output;
}

async function fromZstd(content: Uint8Array, size: number): Promise<Uint8Array> {
  const zstd = await import("@foxglove/wasm-zstd");
  await zstd.isLoaded;
  return zstd.decompress(content, size);
}

type Lz4 = typeof import("@foxglove/wasm-lz4").default;

const require = createRequire(import.meta.url);
let lz4: Lz4 | undefined;

async function fromLz4(content: Uint8Array, size: number): Promise<Uint8Array> {
  lz4 ??= require("@foxglove/wasm-lz4") as Lz4;
  const decoder = lz4;
  await decoder.isLoaded;
  try {
    return decoder(content, size);
  } catch (error) {
    // Its one context stays in the middle of the broken frame, and would fail every frame after it.
    forgetLz4();
    throw error;
  }
}

function forgetLz4(): void {
  lz4 = undefined;
  const directory = dirname(require.resolve("@foxglove/wasm-lz4"));
  for (const path of Object.keys(require.cache)) {
    if (dirname(path) === directory) delete require.cache[path];
  }
}
