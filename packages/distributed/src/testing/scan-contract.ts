import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_KEY_BYTES } from "../store/bytes.js";
import type { KvReader, ScanOptions } from "../store/kv-store.js";
import { collect } from "./collect.js";
import { bytes, EVERYTHING, text, write, type CurrentStore } from "./test-store.js";

async function scanned(reader: KvReader, options: ScanOptions): Promise<(string | undefined)[]> {
  return (await collect(reader.scan(options))).map(({ key }) => text(key));
}

/** More than any engine reads at once. */
const MANY = 1_000;
const manyKeys = Array.from({ length: MANY }, (_, index) => `k${String(index).padStart(4, "0")}`);
const oneOf = <T>(items: readonly [T, ...T[]]): fc.Arbitrary<T> => fc.constantFrom(...items);

/** Order and bounds of scans, with and without a transaction's own writes. */
export function scanContract(current: CurrentStore): void {
  describe("scan", () => {
    it("starts at the start, ends before the end, both ways, within the limit", async () => {
      const { store } = current();
      await write(store, { a: "1", b: "1", c: "1", d: "1" });
      const range = { start: bytes("b"), end: bytes("d") };
      expect(await scanned(store, range)).toEqual(["b", "c"]);
      expect(await scanned(store, { ...range, reverse: true })).toEqual(["c", "b"]);
      expect(await scanned(store, { ...range, limit: 1 })).toEqual(["b"]);
      expect(await scanned(store, { ...range, limit: 1, reverse: true })).toEqual(["c"]);
      expect(await scanned(store, { ...range, limit: 0 })).toEqual([]);
      expect(await scanned(store, { start: bytes("d"), end: bytes("b") })).toEqual([]);
      expect(await scanned(store, { start: bytes("b"), end: bytes("b") })).toEqual([]);
    });

    it("sees what is committed when it asks for the latest, and may only count it", async () => {
      const { store, openAgain } = current();
      const other = await openAgain();
      const range = { start: bytes("k"), end: bytes("l") };
      const count = async (more: Partial<ScanOptions> = {}): Promise<number> =>
        store.count?.({ ...range, ...more }) ??
        (await scanned(store, { ...range, ...more })).length;
      expect(await count()).toBe(0);
      await write(other, Object.fromEntries(manyKeys.map((key) => [key, "1"])));
      expect(await scanned(store, { ...range, latest: true })).toEqual(manyKeys);
      expect(await scanned(store, { ...range, latest: true, limit: 3, reverse: true })).toEqual(
        manyKeys.slice(-3).toReversed(),
      );
      expect(await count()).toBe(MANY);
      expect(await count({ limit: 300 })).toBe(300);
      expect(await count({ limit: 0 })).toBe(0);
      expect(await count({ start: bytes("k0010"), end: bytes("k0020") })).toBe(10);
      expect(await count({ start: bytes("l"), end: bytes("k") })).toBe(0);
      await write(other, { k0001: undefined });
      expect(await count()).toBe(MANY - 1);
      expect(await scanned(store, { ...range, latest: true, limit: 2 })).toEqual([
        "k0000",
        "k0002",
      ]);
    });

    it("gives as many as the limit says though own deletes hide some", async () => {
      const { store } = current();
      await write(store, { a: "1", b: "1", c: "1", d: "1" });
      await store.transact(async (tx) => {
        tx.delete(bytes("a"));
        tx.delete(bytes("c"));
        tx.put(bytes("ba"), bytes("1"));
        const range = { start: bytes("a"), end: bytes("z") };
        expect(await scanned(tx, { ...range, limit: 3 })).toEqual(["b", "ba", "d"]);
        expect(await scanned(tx, { ...range, limit: 2, reverse: true })).toEqual(["d", "ba"]);
      });
    });

    it("takes bounds between the keys", async () => {
      const { store } = current();
      await write(store, { b: "1", d: "1" });
      for (const reverse of [false, true]) {
        expect(await scanned(store, { start: bytes("a"), end: bytes("c"), reverse })).toEqual([
          "b",
        ]);
        expect(await scanned(store, { start: bytes("c"), end: bytes("e"), reverse })).toEqual([
          "d",
        ]);
      }
    });

    it("takes bounds longer than a key may be", async () => {
      const { store } = current();
      const long = "k".repeat(MAX_KEY_BYTES);
      await write(store, { [long]: "1", z: "1" });
      for (const reverse of [false, true]) {
        const beyond = bytes(`${long}\0`);
        expect(await scanned(store, { ...EVERYTHING, start: beyond, reverse })).toEqual(["z"]);
        expect(await scanned(store, { ...EVERYTHING, end: beyond, reverse })).toEqual([long]);
      }
    });

    it("goes over many keys in order, both ways", async () => {
      const { store } = current();
      await write(store, Object.fromEntries(manyKeys.map((key) => [key, "1"])));
      const down = manyKeys.toReversed();
      const readers: ((check: (reader: KvReader) => Promise<void>) => Promise<void>)[] = [
        (check) => check(store),
        (check) => store.transact(check),
      ];
      for (const reading of readers) {
        await reading(async (reader) => {
          expect(await scanned(reader, EVERYTHING)).toEqual(manyKeys);
          expect(await scanned(reader, { ...EVERYTHING, reverse: true })).toEqual(down);
          const limited = { ...EVERYTHING, limit: 700 };
          expect(await scanned(reader, limited)).toEqual(manyKeys.slice(0, 700));
          expect(await scanned(reader, { ...limited, reverse: true })).toEqual(down.slice(0, 700));
        });
      }
    });

    it("may be left early, and begun again", async () => {
      const { store } = current();
      await write(store, Object.fromEntries(manyKeys.map((key) => [key, "1"])));
      await store.transact(async (tx) => {
        for (const reader of [store, tx]) {
          for await (const { key } of reader.scan(EVERYTHING)) {
            if (text(key) === "k0500") break;
          }
          expect(await scanned(reader, { ...EVERYTHING, limit: 1 })).toEqual(["k0000"]);
        }
      });
    });

    it("outside a transaction stays in order while others write", async () => {
      const { store } = current();
      await write(store, Object.fromEntries(manyKeys.map((key) => [key, "1"])));
      const seen: (string | undefined)[] = [];
      for await (const { key } of store.scan(EVERYTHING)) {
        seen.push(text(key));
        if (seen.length === 10) await write(store, { a: "1", k0005: undefined, "k0999+": "1" });
      }
      const kept = seen.filter((key) => key !== "k0999+");
      expect(kept).toEqual(manyKeys);
    });

    it("shows the transaction's own writes among the stored pairs", async () => {
      const { store } = current();
      await write(store, { b: "1", d: "1", f: "1" });
      await store.transact(async (tx) => {
        tx.put(bytes("a"), bytes("2"));
        tx.put(bytes("d"), bytes("2"));
        tx.put(bytes("g"), bytes("2"));
        tx.delete(bytes("f"));
        tx.delete(bytes("absent"));
        const pairs = (await collect(tx.scan(EVERYTHING))).map(
          ({ key, value }) => `${text(key)}${text(value)}`,
        );
        expect(pairs).toEqual(["a2", "b1", "d2", "g2"]);
        const options = { ...EVERYTHING, limit: 2 };
        expect(await scanned(tx, options)).toEqual(["a", "b"]);
        expect(await scanned(tx, { ...options, reverse: true })).toEqual(["g", "d"]);
        expect(await scanned(tx, { start: bytes("c"), end: bytes("g") })).toEqual(["d"]);
      });
    });

    it("may write what it walks over", async () => {
      const { store } = current();
      await write(store, Object.fromEntries(manyKeys.map((key) => [key, "1"])));
      await store.transact(async (tx) => {
        for await (const { key } of tx.scan(EVERYTHING)) {
          tx.delete(key);
          tx.put(bytes(`new/${text(key)}`), bytes("1"));
        }
      });
      expect(await scanned(store, EVERYTHING)).toEqual(manyKeys.map((key) => `new/${key}`));
    });

    it("gives byte order for any keys, bounds, limit and direction", async () => {
      const { store } = current();
      // Few and awkward bytes, so that prefixes and neighbours come up often.
      const byte = oneOf([0x00, 0x01, 0x61, 0xfe, 0xff]);
      const key = fc
        .array(byte, { minLength: 1, maxLength: 3 })
        .map((list) => Uint8Array.from(list));
      const operation = fc.record({
        keys: fc.array(key, { maxLength: 12 }),
        own: fc.array(fc.tuple(key, fc.boolean()), { maxLength: 6 }),
        start: fc.oneof(fc.constant(new Uint8Array()), key),
        end: key,
        limit: fc.option(fc.nat(6), { nil: undefined }),
        reverse: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(operation, async ({ keys, own, start, end, limit, reverse }) => {
          await store.transact(async (tx) => {
            const every = tx.scan({ start: new Uint8Array(), end: new Uint8Array(5).fill(0xff) });
            for await (const stored of every) tx.delete(stored.key);
            for (const each of keys) tx.put(each, bytes("1"));
          });
          const options = { start, end, reverse, ...(limit === undefined ? {} : { limit }) };
          const expected = (present: Iterable<string>): string[] => {
            const sorted = [...present]
              .sort()
              .filter((hex) => hex >= hexOf(start) && hex < hexOf(end));
            return (reverse ? sorted.toReversed() : sorted).slice(0, limit);
          };
          const found = async (reader: KvReader): Promise<string[]> =>
            (await collect(reader.scan(options))).map((pair) => hexOf(pair.key));
          const present = new Set(keys.map(hexOf));
          expect(await found(store)).toEqual(expected(present));
          await store.transact(async (tx) => {
            for (const [each, put] of own) {
              if (put) tx.put(each, bytes("2"));
              else tx.delete(each);
              if (put) present.add(hexOf(each));
              else present.delete(hexOf(each));
            }
            expect(await found(tx)).toEqual(expected(present));
          });
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** Two digits a byte: sorts as the bytes do. */
function hexOf(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
