import fc from "fast-check";
import { expect, test } from "vitest";
import { newKeyTree } from "../../key-tree.js";
import type { Write } from "../write-buffer.js";
import { MergedScan } from "./merged-scan.js";
import { ListPage, type Page, type PageSource } from "./page.js";
import type { ScanShape } from "./scanner.js";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const text = (value: Uint8Array): string => Buffer.from(value).toString();
const key = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 3 });
const write = fc.oneof(
  fc.record({
    kind: fc.constantFrom("put" as const, "insert" as const),
    value: fc.constant("own"),
  }),
  fc.record({ kind: fc.constantFrom("delete" as const, "lock" as const, "check-absent" as const) }),
);

/** What a store has in a range, in pages. */
class Pages implements PageSource {
  #left: readonly [string, string][];

  constructor(
    entries: readonly [string, string][],
    private readonly size: number,
  ) {
    this.#left = entries;
  }

  async next(): Promise<Page | undefined> {
    if (this.#left.length === 0) return undefined;
    const page = this.#left.slice(0, this.size);
    this.#left = this.#left.slice(this.size);
    return new ListPage(page.map(([name, value]) => [bytes(name), bytes(value)]));
  }
}

test("is what a map would give with the writes laid over it", async () => {
  const shape = fc.record({
    start: fc.option(key, { nil: "" }),
    end: fc.option(key, { nil: "" }),
    reverse: fc.boolean(),
    keyOnly: fc.boolean(),
    pageSize: fc.integer({ min: 1, max: 4 }),
    limit: fc.option(fc.nat(6), { nil: Number.POSITIVE_INFINITY }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(key),
      fc.array(fc.tuple(key, write), { minLength: 1 }),
      shape,
      async (stored, writes, { start, end, reverse, keyOnly, pageSize, limit }) => {
        const inside = (name: string): boolean => name >= start && (end === "" || name < end);
        const model = new Map(stored.map((name) => [name, "stored"]));
        const order = (a: string, b: string): number => (a < b === reverse ? 1 : -1);
        const store = [...model].filter(([name]) => inside(name)).sort(([a], [b]) => order(a, b));
        const own = newKeyTree<Write>();
        for (const [name, { kind, ...rest }] of writes) {
          const value = "value" in rest ? { value: bytes(rest.value) } : {};
          own.set(bytes(name), { kind, ...value } as Write);
          if (kind === "put" || kind === "insert") model.set(name, "own");
          else if (kind === "delete" || kind === "check-absent") model.delete(name);
          else if (stored.includes(name)) model.set(name, "stored");
          else model.delete(name);
        }
        const scan: ScanShape = {
          range: { start: bytes(start), end: bytes(end) },
          reverse,
          keyOnly,
          pageSize,
          limit,
          signal: undefined,
        };
        const pages = store.map(([name, value]): [string, string] => [name, keyOnly ? "" : value]);
        const merged = new MergedScan(new Pages(pages, pageSize), own, scan);
        const found: [string, string][] = [];
        for (let page = await merged.next(); page !== undefined; page = await merged.next()) {
          expect(page.length).toBeGreaterThan(0);
          for (let index = 0; index < page.length; index += 1) {
            found.push([text(page.key(index)), text(page.value(index))]);
          }
        }
        const expected = [...model]
          .filter(([name]) => inside(name))
          .sort(([a], [b]) => order(a, b))
          .slice(0, limit)
          .map(([name, value]) => [name, keyOnly ? "" : value]);
        expect(found).toEqual(expected);
      },
    ),
  );
});
