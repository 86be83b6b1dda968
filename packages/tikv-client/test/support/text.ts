import type { KeyValue } from "../../src/index.js";

export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

export async function textEntries(
  scan: AsyncIterable<KeyValue>,
): Promise<[key: string, value: string][]> {
  const entries: [string, string][] = [];
  for await (const { key, value } of scan) entries.push([text(key) ?? "", text(value) ?? ""]);
  return entries;
}
