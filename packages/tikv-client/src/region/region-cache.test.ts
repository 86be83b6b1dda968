import { create } from "@bufbuild/protobuf";
import { metapb } from "@roboflow/tikv-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CallBackoff } from "../backoff/call-backoff.js";
import { keyCodecV1 } from "../key-codec.js";
import { Lifetime } from "../lifetime.js";
import type { Pd, PdRegion } from "../pd/pd.js";
import { RegionCache } from "./region-cache.js";

const key = (text: string): Uint8Array => Buffer.from(text);

interface Model {
  readonly id: bigint;
  readonly start: string;
  readonly end: string;
  readonly version: bigint;
}

function regionOf({ id, start, end, version }: Model): metapb.Region {
  return create(metapb.RegionSchema, {
    id,
    startKey: key(start),
    endKey: key(end),
    regionEpoch: { confVer: 1n, version },
    peers: [1n, 2n].map((storeId) => ({ id: id * 10n + storeId, storeId })),
  });
}

/** Regions as they are, and as PD believes that they are. */
class FakePd {
  regions: Model[] = [{ id: 1n, start: "", end: "", version: 1n }];
  believed = this.regions;
  asked = 0;
  #nextId = 2n;

  split(at: string): void {
    this.regions = this.regions.flatMap((region) => {
      const inside = region.start < at && (region.end === "" || at < region.end);
      if (!inside) return [region];
      const version = region.version + 1n;
      return [
        { ...region, end: at, version },
        { ...region, id: this.#nextId++, start: at, version },
      ];
    });
  }

  /** The region that holds `at` takes in the one behind it. */
  merge(at: string): void {
    const left = this.regions.find((region) => holds(region, at));
    const right = this.regions.find(({ start }) => start !== "" && start === left?.end);
    if (left === undefined || right === undefined) return;
    const version = (left.version > right.version ? left.version : right.version) + 1n;
    this.regions = this.regions.flatMap((region) =>
      region === left ? [{ ...left, end: right.end, version }] : region === right ? [] : [region],
    );
  }

  catchUp(): void {
    this.believed = this.regions;
  }

  readonly pd = {
    regionByKey: async (_backoff: unknown, bound: Uint8Array): Promise<PdRegion> => {
      this.asked++;
      const at = Buffer.from(bound).toString();
      const found = this.believed.find((region) => holds(region, at)) ?? this.believed.at(-1);
      if (found === undefined) throw new Error("no regions");
      return { region: regionOf(found), leader: undefined };
    },
    regionBefore: async (_backoff: unknown, bound: Uint8Array): Promise<PdRegion> => {
      this.asked++;
      const at = Buffer.from(bound).toString();
      const found = this.believed.find(({ end }) => end === at);
      if (found === undefined) throw new Error("nothing before");
      return { region: regionOf(found), leader: undefined };
    },
    scanRegions: async (
      _backoff: unknown,
      ranges: readonly { start: Uint8Array; end: Uint8Array }[],
      limit: number,
    ) => {
      this.asked++;
      const [{ start, end } = { start: key(""), end: key("") }] = ranges;
      const from = Buffer.from(start).toString();
      const to = Buffer.from(end).toString();
      return this.believed
        .filter(
          (region) => (region.end === "" || region.end > from) && (to === "" || region.start < to),
        )
        .slice(0, limit)
        .map((region) => ({ region: regionOf(region), leader: undefined }));
    },
  } as unknown as Pd;
}

function holds({ start, end }: Model, at: string): boolean {
  return start <= at && (end === "" || at < end);
}

function setUp() {
  const fake = new FakePd();
  const cache = new RegionCache(fake.pd, keyCodecV1("raw"), {});
  const backoff = () => new CallBackoff({ lifetime: new Lifetime(), hooks: {} }, 20, undefined);
  return { fake, cache, backoff };
}

test("what is newer stays, whoever tells of what is older, and what is found holds the key", async () => {
  const letter = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("split" as const), at: letter }),
    fc.record({ kind: fc.constant("merge" as const), at: letter }),
    fc.record({ kind: fc.constant("locate" as const), at: letter }),
    fc.record({ kind: fc.constant("before" as const), at: letter }),
    fc.record({ kind: fc.constant("hint" as const), at: letter }),
    fc.record({ kind: fc.constant("prefetch" as const), at: letter, to: letter }),
    fc.record({ kind: fc.constant("catch-up" as const), at: letter }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { fake, cache, backoff } = setUp();
      const newest = new Map<string, bigint>();
      const look = (at: string): void => {
        const found = cache.find(key(at));
        if (found === undefined) return;
        expect(found.contains(key(at))).toBe(true);
        expect(found.epoch.version).toBeGreaterThanOrEqual(newest.get(at) ?? 0n);
        newest.set(at, found.epoch.version);
      };
      for (const { kind, at, ...rest } of steps) {
        if (kind === "split") fake.split(at);
        if (kind === "merge") fake.merge(at);
        if (kind === "catch-up") fake.catchUp();
        if (kind === "hint") {
          const now = fake.regions.find((region) => holds(region, at));
          if (now !== undefined) cache.insertFromServer([regionOf(now)], 2n);
          const found = cache.find(key(at));
          expect([found?.id, found?.epoch.version]).toEqual([now?.id, now?.version]);
        }
        // Where PD is behind a hint, the budget ends.
        if (kind === "locate") await cache.locate(backoff(), key(at)).catch(() => {});
        if (kind === "before") await cache.locateBefore(backoff(), key(at)).catch(() => {});
        if (kind === "prefetch" && "to" in rest)
          await cache.prefetch(backoff(), key(at), key(rest.to));
        for (const each of "abcdefgh") look(each);
      }
      fake.catchUp();
      for (const each of "abcdefgh") {
        const now = fake.regions.find((region) => holds(region, each));
        const cached = cache.find(key(each));
        // A store would say of what is out of date that it is.
        if (cached !== undefined && cached.epoch.version !== now?.version) cache.invalidate(cached);
        const found = await cache.locate(backoff(), key(each));
        expect([found.id, found.epoch.version]).toEqual([now?.id, now?.version]);
        const before = await cache.locateBefore(backoff(), key(each));
        expect(before.containsBelow(key(each))).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
});

test("misses in one gap share a question, also when who asked first gives up", async () => {
  const { fake, cache, backoff } = setUp();
  await Promise.all(Array.from("abcdefgh", async (each) => cache.locate(backoff(), key(each))));
  expect(fake.asked).toBe(1);

  const second = setUp();
  const abandoned = new CallBackoff(
    { lifetime: new Lifetime(), hooks: {} },
    20,
    AbortSignal.abort(),
  );
  let first = true;
  const { regionByKey } = second.fake.pd;
  second.fake.pd.regionByKey = async (backoffOfCall, bound) => {
    if (first) {
      first = false;
      throw new Error("gave up");
    }
    return await regionByKey.call(second.fake.pd, backoffOfCall, bound);
  };
  const outcomes = await Promise.allSettled([
    second.cache.locate(abandoned, key("a")),
    second.cache.locate(second.backoff(), key("b")),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});

test("the last region is found by no bound", async () => {
  const { fake, cache, backoff } = setUp();
  fake.split("m");
  fake.split("t");
  fake.catchUp();
  expect((await cache.locateBefore(backoff(), key(""))).start).toEqual(key("t"));
  expect(cache.findBefore(key(""))?.start).toEqual(key("t"));
  expect((await cache.locateBefore(backoff(), key("t"))).start).toEqual(key("m"));
});

test("what was not used for long is asked for anew", async () => {
  const { fake, cache, backoff } = setUp();
  const entry = await cache.locate(backoff(), key("a"));
  entry.usedAt -= 700_000;
  expect(cache.find(key("a"))).toBeUndefined();
  await cache.locate(backoff(), key("a"));
  expect(fake.asked).toBe(2);
});
