import type { ObjectStat, Storage } from "@roboflow/storage";
import picomatch from "picomatch";

/** From here on a URL is a pattern. */
const PATTERN_CHARACTER = /[*?[\]{}()!+@]/;

/**
 * The objects that a URL with a pattern in its path matches, e.g. `s3://robots/runs/*.mcap`. Lists
 * from the last `/` before the pattern on. A name with such characters is given percent-encoded.
 */
export async function listMatches(
  pattern: string,
  { storage, signal }: { readonly storage: Storage; readonly signal: AbortSignal },
): Promise<ObjectStat[]> {
  const prefix = staticPrefix(pattern);
  const matches = picomatch(pattern.slice(prefix.length));
  const found: ObjectStat[] = [];
  for await (const object of storage.list(prefix, { signal })) {
    if (matches(decodeURIComponent(object.url.slice(prefix.length)))) found.push(object);
  }
  return found;
}

/** Up to and with the last `/` before the first character of the pattern; never less than the host. */
function staticPrefix(pattern: string): string {
  const path = pattern.indexOf("/", pattern.indexOf("://") + 3) + 1;
  const at = pattern.slice(path).search(PATTERN_CHARACTER);
  return pattern.slice(0, pattern.lastIndexOf("/", path + at) + 1);
}
