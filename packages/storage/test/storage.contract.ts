import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { joinUrl, type Storage } from "../src/index.js";

/** A storage to test, an empty place in it and a local directory for scratch files. */
export interface StorageUnderTest extends AsyncDisposable {
  readonly storage: Storage;
  /** URL of an empty directory of this test alone. */
  readonly base: string;
  readonly scratch: string;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const NAMES = ["plain", "with space", "a#b", "100%", "why?", "épisode 🤖", "a+b&c=d", "%41", "[x]"];

/** What every engine of `Storage` must do; run it once for each engine. */
export function describeStorage(engine: string, open: () => Promise<StorageUnderTest>): void {
  const text = async (storage: Storage, url: string): Promise<string> =>
    new TextDecoder().decode(await storage.readAll(url));
  const urlsIn = async (storage: Storage, base: string): Promise<string[]> => {
    const urls: string[] = [];
    for await (const { url } of storage.list(base)) urls.push(url);
    return urls;
  };

  describe(`${engine}: reading`, () => {
    it("gives exactly the range asked for, and less only at the end", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "deep/er", "run.bin");
      await test.storage.put(url, bytes("0123456789"));
      await using object = await test.storage.open(url);
      expect(object).toMatchObject({ url, size: 10 });
      expect(await object.read(2, 3)).toEqual(bytes("234"));
      expect(await object.read(8, 1_000_000_000_000)).toEqual(bytes("89"));
      expect(await object.read(10, 1)).toEqual(bytes(""));
      expect(await object.read(99, 1)).toEqual(bytes(""));
    });

    it("says what is not there", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "absent");
      const missing = { code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND", permanence: "permanent" };
      expect(await test.storage.exists(url)).toBe(false);
      await expect(test.storage.stat(url)).rejects.toMatchObject(missing);
      await expect(test.storage.open(url)).rejects.toMatchObject(missing);
      await expect(test.storage.readAll(url)).rejects.toMatchObject(missing);
      await expect(test.storage.localPath(url, test.scratch)).rejects.toMatchObject(missing);
      await expect(test.storage.move(url, `${url}2`)).rejects.toMatchObject(missing);
    });

    it("refuses to read more than the limit, without reading it", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "big");
      await test.storage.put(url, bytes("12345"));
      expect(await test.storage.readAll(url, { maxBytes: 5 })).toEqual(bytes("12345"));
      await expect(test.storage.readAll(url, { maxBytes: 4 })).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_STORAGE_TOO_LARGE",
      });
    });

    it("shows another identity once the content was replaced", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "run");
      await test.storage.put(url, bytes("a"));
      const first = await test.storage.stat(url);
      expect(await test.storage.stat(url)).toEqual(first);
      await test.storage.put(url, bytes("b"));
      expect((await test.storage.stat(url)).identity).not.toBe(first.identity);
    });

    it("keeps an open object as it was when it is replaced", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "run");
      await test.storage.put(url, bytes("old"));
      await using object = await test.storage.open(url);
      await test.storage.put(url, bytes("newer"));
      expect(await object.read(0, 10)).toEqual(bytes("old"));
    });
  });

  describe(`${engine}: writing`, () => {
    it("replaces whole contents", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "a/b/c");
      await test.storage.put(url, bytes("first, and long"));
      await test.storage.put(url, bytes("second"));
      expect(await text(test.storage, url)).toBe("second");
    });

    it("creates once among many that try at once, and never overwrites", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "once");
      const created = await Promise.all(
        Array.from({ length: 20 }, (_, i) => test.storage.putIfAbsent(url, bytes(`writer ${i}`))),
      );
      expect(created.filter(Boolean)).toHaveLength(1);
      expect(await text(test.storage, url)).toBe(`writer ${created.indexOf(true)}`);
      expect(await test.storage.putIfAbsent(url, bytes("late"))).toBe(false);
      expect(await urlsIn(test.storage, test.base)).toEqual([url]);
    });

    it("takes over a local file, replacing what is there", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "to/file");
      await test.storage.put(url, bytes("before"));
      const path = join(test.scratch, "made");
      await writeFile(path, "made here");
      await test.storage.putFile(url, path);
      expect(await text(test.storage, url)).toBe("made here");
      await expect(test.storage.putFile(url, path)).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
        message: expect.stringContaining(path),
      });
    });

    it("moves, replacing what is there", async () => {
      await using test = await open();
      const [from, to] = [joinUrl(test.base, "x/from"), joinUrl(test.base, "y/to")];
      await test.storage.put(from, bytes("moved"));
      await test.storage.put(to, bytes("old"));
      await test.storage.move(from, to);
      expect(await urlsIn(test.storage, test.base)).toEqual([to]);
      expect(await text(test.storage, to)).toBe("moved");
    });

    it("changes nothing after an abort", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "kept");
      await test.storage.put(url, bytes("kept"));
      const signal = AbortSignal.abort(new Error("stop here"));
      const refused = [
        () => test.storage.put(url, bytes("x"), { signal }),
        () => test.storage.putIfAbsent(`${url}2`, bytes("x"), { signal }),
        () => test.storage.move(url, `${url}2`, { signal }),
        () => test.storage.remove(url, { signal }),
        () => test.storage.removeTree(test.base, { signal }),
      ];
      for (const call of refused) await expect(call()).rejects.toThrow("stop here");
      expect(await urlsIn(test.storage, test.base)).toEqual([url]);
      expect(await text(test.storage, url)).toBe("kept");
    });
  });

  describe(`${engine}: names and listing`, () => {
    it("keeps names apart that need escaping", async () => {
      await using test = await open();
      const urls = NAMES.map((name) => joinUrl(test.base, name, name));
      for (const [i, url] of urls.entries()) await test.storage.put(url, bytes(`${i}`));
      for (const [i, url] of urls.entries()) expect(await text(test.storage, url)).toBe(`${i}`);
      expect(await urlsIn(test.storage, test.base)).toEqual([...urls].sort());
    });

    it("lists below a directory only, in order of URL", async () => {
      await using test = await open();
      const below = ["a/z", "a-b", "a/1/2", "a.c"].map((name) => joinUrl(test.base, "in", name));
      for (const url of below) await test.storage.put(url, bytes("."));
      await test.storage.put(joinUrl(test.base, "in2"), bytes("."));
      expect(await urlsIn(test.storage, joinUrl(test.base, "in"))).toEqual([...below].sort());
      expect(await urlsIn(test.storage, joinUrl(test.base, "none"))).toEqual([]);
    });

    it("gives a path that opens as a file", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "a file");
      await test.storage.put(url, bytes("native"));
      const path = await test.storage.localPath(url, test.scratch);
      const { readFile } = await import("node:fs/promises");
      expect(await readFile(path, "utf8")).toBe("native");
    });
  });

  describe(`${engine}: removing`, () => {
    it("removes one, or all below, and minds not what is absent", async () => {
      await using test = await open();
      const urls = ["a", "b/c", "b/d"].map((name) => joinUrl(test.base, name));
      for (const url of urls) await test.storage.put(url, bytes("."));
      await test.storage.remove(joinUrl(test.base, "a"));
      await test.storage.remove(joinUrl(test.base, "a"));
      await test.storage.removeTree(joinUrl(test.base, "b"));
      await test.storage.removeTree(joinUrl(test.base, "b"));
      expect(await urlsIn(test.storage, test.base)).toEqual([]);
    });
  });
}
