const GROUP = 8;

/**
 * Bytes whose order stays that of `key` when more bytes follow: groups of 8, padded with zeros,
 * each with a marker of 255 minus the padding (TiKV's `codec::bytes`, MyRocks' record format).
 */
export function encodeBytes(key: Uint8Array): Uint8Array {
  const groups = Math.floor(key.length / GROUP) + 1;
  const out = new Uint8Array(groups * (GROUP + 1));
  for (let group = 0; group < groups; group += 1) {
    const part = key.subarray(group * GROUP, (group + 1) * GROUP);
    out.set(part, group * (GROUP + 1));
    out[group * (GROUP + 1) + GROUP] = 255 - (GROUP - part.length);
  }
  return out;
}

/** @throws Error when `encoded` is not whole or not in this form */
export function decodeBytes(encoded: Uint8Array): Uint8Array {
  const groups = encoded.length / (GROUP + 1);
  if (!Number.isInteger(groups) || groups === 0)
    throw new Error("Not memory-comparable: its length");
  const out = new Uint8Array(groups * GROUP);
  for (let group = 0; group < groups; group += 1) {
    const at = group * (GROUP + 1);
    const padding = 255 - (encoded[at + GROUP] ?? 0);
    const last = group === groups - 1;
    if (last ? padding < 1 || padding > GROUP : padding !== 0) {
      throw new Error(`Not memory-comparable: the marker of group ${group}`);
    }
    for (let index = GROUP - padding; index < GROUP; index += 1) {
      if (encoded[at + index] !== 0) throw new Error(`Not memory-comparable: the padding`);
    }
    out.set(encoded.subarray(at, at + GROUP), group * GROUP);
    if (last) return out.subarray(0, group * GROUP + GROUP - padding);
  }
  return out;
}
