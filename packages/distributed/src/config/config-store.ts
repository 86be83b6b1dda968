import { DistributedError } from "../error.js";
import { keyId, keyAfter, prefixRange } from "../keys/codec.js";
import { ConfigKeys } from "../keys/keys.js";
import type { KvStore } from "../store/kv-store.js";
import {
  computeHash,
  configCodec,
  exactText,
  isConfigHash,
  type ConfigRecord,
} from "./config-record.js";
import { readLastUse, writeLastUse } from "./last-use.js";

/** Two kinds of content kept by hash, each in a key range of its own. */
export type ContentKind = "config" | "annotation";

/** How exactly the last use is noted, milliseconds. */
const USE_EVERY_MS = 60_000;

const KEYS = {
  config: { key: ConfigKeys.config, prefix: ConfigKeys.configs },
  annotation: { key: ConfigKeys.annotation, prefix: ConfigKeys.annotations },
} as const;

export interface ListOptions {
  /** Go on after this hash. */
  readonly after?: string;
  readonly limit?: number;
}

/** One record of a listing; one that can't be read does not end it. */
export type ContentEntry =
  | { readonly kind: "record"; readonly record: ConfigRecord }
  | { readonly kind: "unreadable"; readonly hash: string; readonly error: DistributedError };

/**
 * Stores content if it is absent, else notes that it is in use. Of several writers at once one
 * writes, and all get its record.
 * @throws DistributedError `ERR_ROBOFLOW_CONFIG_CORRUPT` if the record there is damaged
 */
export async function putContent(
  store: KvStore,
  kind: ContentKind,
  content: string | Uint8Array,
): Promise<ConfigRecord> {
  const text = exactText(content);
  const hash = computeHash(text);
  const key = KEYS[kind].key(hash);
  return store.transact(async (tx) => {
    const present = await tx.get(key);
    if (present !== undefined) {
      const known = readContent(kind, hash, present, store.url);
      // Not at every submit of a fleet: pruning waits much longer than this anyway.
      const lastUse = Math.max(known.createdAt, await readLastUse(tx, hash));
      if (tx.now - lastUse >= USE_EVERY_MS) writeLastUse(tx, hash);
      return known;
    }
    const record: ConfigRecord = { version: 1, hash, content: text, createdAt: tx.now };
    tx.put(key, configCodec.encode(record));
    return record;
  });
}

/**
 * Reads content, checked against its hash.
 * @throws DistributedError permanent: `ERR_ROBOFLOW_CONFIG_MISSING`, `ERR_ROBOFLOW_CONFIG_CORRUPT`;
 * transient: `ERR_ROBOFLOW_RECORD_NEWER`, `ERR_ROBOFLOW_STORE_UNAVAILABLE`
 */
export async function getContent(
  store: KvStore,
  kind: ContentKind,
  hash: string,
): Promise<ConfigRecord> {
  if (!isConfigHash(hash)) {
    throw new DistributedError(
      "ERR_ROBOFLOW_CONFIG_MISSING",
      `"${hash}" is no ${kind} hash (64 hex digits), so it is not in the store ${store.url}`,
      { hint: "Give the whole hash." },
    );
  }
  const lower = hash.toLowerCase();
  const value = await store.get(KEYS[kind].key(lower));
  if (value !== undefined) return readContent(kind, lower, value, store.url);
  throw new DistributedError(
    "ERR_ROBOFLOW_CONFIG_MISSING",
    `The ${kind} ${lower} is not in the store ${store.url}`,
    { hint: "Check that submit and worker use the same store, then submit again." },
  );
}

/** In order of hash. */
export async function* listContent(
  store: KvStore,
  kind: ContentKind,
  { after, limit }: ListOptions = {},
): AsyncGenerator<ContentEntry> {
  const { start, end } = prefixRange(KEYS[kind].prefix());
  const from = after === undefined ? start : keyAfter(KEYS[kind].key(after));
  const range = { start: from, end, ...(limit === undefined ? {} : { limit }) };
  for await (const { key, value } of store.scan(range)) {
    const hash = keyId(key);
    try {
      yield { kind: "record", record: readContent(kind, hash, value, store.url) };
    } catch (error) {
      if (!(error instanceof DistributedError)) throw error;
      yield { kind: "unreadable", hash, error };
    }
  }
}

function readContent(
  kind: ContentKind,
  hash: string,
  value: Uint8Array,
  url: string,
): ConfigRecord {
  let record: ConfigRecord;
  try {
    record = configCodec.decode(value, hash);
  } catch (error) {
    if (error instanceof DistributedError && error.code === "ERR_ROBOFLOW_RECORD_INVALID") {
      throw corrupt(kind, hash, url, "it is not a record", error);
    }
    throw error;
  }
  const actual = computeHash(record.content);
  if (record.hash === hash && actual === hash) return record;
  throw corrupt(kind, hash, url, `its content has the hash ${actual}`);
}

function corrupt(
  kind: ContentKind,
  hash: string,
  url: string,
  problem: string,
  cause?: unknown,
): DistributedError {
  return new DistributedError(
    "ERR_ROBOFLOW_CONFIG_CORRUPT",
    `The ${kind} ${hash} in the store ${url} is corrupt: ${problem}`,
    {
      cause,
      hint: "Records are never changed, so the store is damaged: restore it or use a new one.",
    },
  );
}
