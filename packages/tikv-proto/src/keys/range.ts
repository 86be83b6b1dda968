/** The key right behind `key`: nothing fits between them. */
export function nextKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** The first key behind all that begin with `prefix`; empty when there is none: no bound. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  const end = prefix.slice(0, length);
  if (length > 0) end[length - 1] = (end[length - 1] ?? 0) + 1;
  return end;
}
