import { compareBytes } from "@roboflow/tikv-proto";
import { newKeyTree, type KeyTree } from "../key-tree.js";
import type { TestClock } from "../clock/test-clock.js";
import type { KeySpan } from "../key-span.js";

interface RawEntry {
  readonly value: Uint8Array;
  /** On the cluster's clock; Infinity: never. */
  readonly expiresAtMs: number;
}

/** Values without versions. The column families `default`, `lock` and `write` are apart. */
export class RawData {
  readonly #families = new Map<string, KeyTree<RawEntry>>();

  constructor(private readonly clock: TestClock) {}

  get(family: string, key: Uint8Array): Uint8Array | undefined {
    return this.#live(this.#family(family).get(key))?.value;
  }

  /** @param ttlSeconds 0: for ever */
  put(family: string, key: Uint8Array, value: Uint8Array, ttlSeconds: bigint): void {
    const expiresAtMs =
      ttlSeconds === 0n ? Number.POSITIVE_INFINITY : this.clock.now() + Number(ttlSeconds) * 1_000;
    this.#family(family).set(key.slice(), { value: value.slice(), expiresAtMs });
  }

  delete(family: string, key: Uint8Array): void {
    this.#family(family).delete(key);
  }

  /** Seconds left, rounded up; 0: for ever; undefined: no such key. */
  ttlSeconds(family: string, key: Uint8Array): bigint | undefined {
    const entry = this.#live(this.#family(family).get(key));
    if (entry === undefined) {
      return undefined;
    }
    const leftMs = entry.expiresAtMs - this.clock.now();
    return Number.isFinite(leftMs) ? BigInt(Math.ceil(leftMs / 1_000)) : 0n;
  }

  /** In order of key; reverse: from the last of the span down. */
  scan(
    family: string,
    span: KeySpan,
    reverse: boolean,
    limit: number,
  ): { readonly key: Uint8Array; readonly value: Uint8Array }[] {
    const tree = this.#family(family);
    const found: { key: Uint8Array; value: Uint8Array }[] = [];
    const entries = reverse
      ? tree.entriesReversed(span.end, undefined, true)
      : tree.entries(span.start);
    for (const [key, entry] of entries) {
      const isOutside = reverse
        ? compareBytes(key, span.start) < 0
        : span.end !== undefined && compareBytes(key, span.end) >= 0;
      if (isOutside || found.length >= limit) {
        break;
      }
      if (this.#live(entry) !== undefined) {
        found.push({ key, value: entry.value });
      }
    }
    return found;
  }

  deleteRange(family: string, span: KeySpan): void {
    const tree = this.#family(family);
    for (const { key } of this.scan(family, span, false, Number.POSITIVE_INFINITY)) {
      tree.delete(key);
    }
  }

  /** In all column families. */
  destroy(span: KeySpan): void {
    for (const family of this.#families.keys()) {
      this.deleteRange(family, span);
    }
  }

  #family(name: string): KeyTree<RawEntry> {
    const known = name === "" ? "default" : name;
    let tree = this.#families.get(known);
    if (tree === undefined) {
      tree = newKeyTree<RawEntry>();
      this.#families.set(known, tree);
    }
    return tree;
  }

  #live(entry: RawEntry | undefined): RawEntry | undefined {
    return entry !== undefined && entry.expiresAtMs > this.clock.now() ? entry : undefined;
  }
}
