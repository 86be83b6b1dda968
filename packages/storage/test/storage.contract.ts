import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "@roboflow/core";
import { describe, expect, it } from "vitest";
import { joinUrl, type Storage, StorageError } from "../src/index.js";

/** A storage to test, an empty place in it and a local directory for scratch files. */
export interface StorageUnderTest extends AsyncDisposable {
  readonly storage: Storage;
  /** URL of an empty directory of this test alone. */
  readonly base: string;
  readonly scratch: string;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Bytes in which a lost or repeated piece shows. */
function pattern(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2_654_435_761);
  return new Uint8Array(words.buffer, 0, length);
}
const NAMES = ["plain", "with space", "a#b", "100%", "why?", "épisode 🤖", "a+b&c=d", "%41", "[x]"];

const inOrder = (urls: readonly string[]): string[] =>
  [...urls].sort((a, b) =>
    Buffer.compare(Buffer.from(decodeURIComponent(a)), Buffer.from(decodeURIComponent(b))),
  );

const text = async (storage: Storage, url: string): Promise<string> =>
  new TextDecoder().decode(await storage.readAll(url));
const urlsIn = async (storage: Storage, base: string): Promise<string[]> => {
  const urls: string[] = [];
  for await (const { url } of storage.list(base)) urls.push(url);
  return urls;
};

/** What every engine of `Storage` must do; run it once for each engine. */
export function describeStorage(engine: string, open: () => Promise<StorageUnderTest>): void {
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

    it("keeps an open object as it was when it is replaced, or says that it was", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "run");
      await test.storage.put(url, bytes("old"));
      await using object = await test.storage.open(url);
      await test.storage.put(url, bytes("newer"));
      const outcome = await object.read(0, 10).catch((error: unknown) => error);
      if (outcome instanceof StorageError) {
        expect(outcome).toMatchObject({
          code: "ERR_ROBOFLOW_STORAGE_CHANGED",
          permanence: "permanent",
          message: expect.stringContaining(url),
        });
      } else expect(outcome).toEqual(bytes("old"));
    });

    it("copies to a local file, whole or not at all", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "run");
      const content = pattern(3_000_001);
      await test.storage.put(url, content);
      const path = join(test.scratch, "copy");
      await writeFile(path, "before");
      const signal = AbortSignal.abort(new Error("stop here"));
      await expect(test.storage.download(url, path, { signal })).rejects.toThrow("stop here");
      await expect(test.storage.download(`${url}2`, path)).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
      });
      expect(await readFile(path, "utf8")).toBe("before");
      await test.storage.download(url, path);
      expect(sha256Hex(await readFile(path))).toBe(sha256Hex(content));
      expect(await readdir(test.scratch)).toEqual(["copy"]);
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

    it("copies a local file, which stays", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "to/file");
      await test.storage.put(url, bytes("before"));
      const path = join(test.scratch, "made");
      const content = pattern(3_000_001);
      await writeFile(path, content);
      expect(await test.storage.upload(url, path)).toEqual(await test.storage.stat(url));
      expect(sha256Hex(await test.storage.readAll(url))).toBe(sha256Hex(content));
      expect(await readdir(test.scratch)).toEqual(["made"]);
      await expect(test.storage.upload(url, `${path}2`)).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
        message: expect.stringContaining(`${path}2`),
      });
    });

    it("streams an object that shows only when it is finished", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "streamed");
      await test.storage.put(url, bytes("before"));
      const content = pattern(20_000_003);
      await using writer = await test.storage.createWriter(url);
      for (let at = 0; at < content.length; at += 1_000_000) {
        const chunk = content.slice(at, at + 1_000_000);
        await writer.write(chunk);
        chunk.fill(0);
      }
      expect(await text(test.storage, url)).toBe("before");
      expect(await urlsIn(test.storage, test.base)).toEqual([url]);
      expect(await writer.finish()).toEqual(await test.storage.stat(url));
      expect(sha256Hex(await test.storage.readAll(url))).toBe(sha256Hex(content));
      await writer.abort();
      expect(await test.storage.exists(url)).toBe(true);
      await expect(writer.write(bytes("more"))).rejects.toThrow(StorageError);
    });

    it("streams nothing, and little", async () => {
      await using test = await open();
      for (const content of ["", "x"]) {
        const url = joinUrl(test.base, `of ${content.length}`);
        await using writer = await test.storage.createWriter(url);
        await writer.write(bytes(content));
        expect((await writer.finish()).size).toBe(content.length);
        expect(await text(test.storage, url)).toBe(content);
      }
    });

    it("drops what was streamed and not finished", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "streamed");
      const controller = new AbortController();
      const aborted = await test.storage.createWriter(url);
      const left = await test.storage.createWriter(url);
      const stopped = await test.storage.createWriter(url, { signal: controller.signal });
      for (const writer of [aborted, left, stopped]) await writer.write(pattern(6_000_000));
      await aborted.abort();
      await left[Symbol.asyncDispose]();
      controller.abort(new Error("stop here"));
      await expect(stopped.finish()).rejects.toThrow("stop here");
      await expect(aborted.finish()).rejects.toThrow(StorageError);
      expect(await urlsIn(test.storage, test.base)).toEqual([]);
    });

    it("changes nothing after an abort", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "kept");
      await test.storage.put(url, bytes("kept"));
      const { identity } = await test.storage.stat(url);
      const signal = AbortSignal.abort(new Error("stop here"));
      const refused = [
        () => test.storage.put(url, bytes("x"), { signal }),
        () => test.storage.putIfAbsent(`${url}2`, bytes("x"), { signal }),
        () => test.storage.putIfUnchanged(url, bytes("x"), identity, { signal }),
        () => test.storage.createWriter(url, { signal }),
        () => test.storage.upload(url, join(test.scratch, "none"), { signal }),
        () => test.storage.move(url, `${url}2`, { signal }),
        () => test.storage.moveIf(url, `${url}2`, null, { signal }),
        () => test.storage.remove(url, { signal }),
        () => test.storage.removeIf(url, identity, { signal }),
        () => test.storage.removeTree(test.base, { signal }),
      ];
      for (const call of refused) await expect(call()).rejects.toThrow("stop here");
      expect(await urlsIn(test.storage, test.base)).toEqual([url]);
      expect(await text(test.storage, url)).toBe("kept");
    });
  });

  describe(`${engine}: deciding by identity`, () => {
    it("replaces only what is unchanged", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "marker");
      expect(await test.storage.putIfUnchanged(url, bytes("x"), "of nothing")).toBe(false);
      expect(await test.storage.exists(url)).toBe(false);
      await test.storage.put(url, bytes("first"));
      const { identity } = await test.storage.stat(url);
      expect(await test.storage.putIfUnchanged(url, bytes("second"), identity)).toBe(true);
      expect(await test.storage.putIfUnchanged(url, bytes("third"), identity)).toBe(false);
      expect(await text(test.storage, url)).toBe("second");
      expect(await urlsIn(test.storage, test.base)).toEqual([url]);
    });

    it("moves to where nothing is, and else leaves both", async () => {
      await using test = await open();
      const [from, to] = [joinUrl(test.base, "x/from"), joinUrl(test.base, "y/to")];
      await test.storage.put(from, bytes("moved"));
      expect(await test.storage.moveIf(from, to, "of nothing")).toBe(false);
      expect(await test.storage.moveIf(from, to, null)).toBe(true);
      expect(await urlsIn(test.storage, test.base)).toEqual([to]);
      await test.storage.put(from, bytes("late"));
      expect(await test.storage.moveIf(from, to, null)).toBe(false);
      expect(await text(test.storage, from)).toBe("late");
      expect(await text(test.storage, to)).toBe("moved");
      await test.storage.remove(to);
      await test.storage.put(from, bytes(""));
      expect(await test.storage.moveIf(from, to, null)).toBe(true);
      expect(await text(test.storage, to)).toBe("");
    });

    it("moves over what is unchanged only", async () => {
      await using test = await open();
      const [from, to] = [joinUrl(test.base, "x/from"), joinUrl(test.base, "y/to")];
      await test.storage.put(to, bytes("old"));
      const { identity } = await test.storage.stat(to);
      await test.storage.put(from, bytes("new"));
      expect(await test.storage.moveIf(from, to, identity)).toBe(true);
      expect(await urlsIn(test.storage, test.base)).toEqual([to]);
      expect(await text(test.storage, to)).toBe("new");
      await test.storage.put(from, bytes("late"));
      expect(await test.storage.moveIf(from, to, identity)).toBe(false);
      expect(await text(test.storage, from)).toBe("late");
      expect(await text(test.storage, to)).toBe("new");
      await expect(test.storage.moveIf(`${from}2`, to, identity)).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_STORAGE_NOT_FOUND",
      });
    });

    it("removes only what is unchanged, once", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "marker");
      expect(await test.storage.removeIf(url, "of nothing")).toBe(false);
      await test.storage.put(url, bytes("first"));
      const { identity } = await test.storage.stat(url);
      await test.storage.put(url, bytes("second"));
      expect(await test.storage.removeIf(url, identity)).toBe(false);
      expect(await text(test.storage, url)).toBe("second");
      const now = (await test.storage.stat(url)).identity;
      const removed = await Promise.all(
        Array.from({ length: 3 }, () => test.storage.removeIf(url, now)),
      );
      expect(removed).toContain(true);
      expect(await urlsIn(test.storage, test.base)).toEqual([]);
    });

    it("moves one of many to one place", async () => {
      await using test = await open();
      const to = joinUrl(test.base, "to");
      const sources = Array.from({ length: 5 }, (_, i) => joinUrl(test.base, "from", `${i}`));
      for (const url of sources) await test.storage.put(url, bytes(url));
      const moved = await Promise.all(sources.map((url) => test.storage.moveIf(url, to, null)));
      const winner = sources[moved.indexOf(true)];
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await text(test.storage, to)).toBe(winner);
      const left = sources.filter((url) => url !== winner);
      expect(await urlsIn(test.storage, test.base)).toEqual([...left, to]);
    });
  });

  describe(`${engine}: names and listing`, () => {
    it("keeps names apart that need escaping", async () => {
      await using test = await open();
      const urls = NAMES.map((name) => joinUrl(test.base, name, name));
      for (const [i, url] of urls.entries()) await test.storage.put(url, bytes(`${i}`));
      for (const [i, url] of urls.entries()) expect(await text(test.storage, url)).toBe(`${i}`);
      expect(await urlsIn(test.storage, test.base)).toEqual(inOrder(urls));
    });

    it("lists below a directory only, in the order of bytes", async () => {
      await using test = await open();
      const below = ["a/z", "a-b", "a/1/2", "a.c", "a(b", "\u{10000}", "\uFF5E"].map((name) =>
        joinUrl(test.base, "in", name),
      );
      for (const url of below) await test.storage.put(url, bytes("."));
      await test.storage.put(joinUrl(test.base, "in2"), bytes("."));
      expect(await urlsIn(test.storage, joinUrl(test.base, "in"))).toEqual(inOrder(below));
      expect(await urlsIn(test.storage, joinUrl(test.base, "none"))).toEqual([]);
    });

    it("gives a path that opens as a file", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "a file");
      await test.storage.put(url, bytes("native"));
      const path = await test.storage.localPath(url, test.scratch);
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

/** Engines whose decisions by identity are made by the store itself, under a race too. */
export function describeExactDecisions(
  engine: string,
  open: () => Promise<StorageUnderTest>,
): void {
  describe(`${engine}: deciding by identity, exactly`, () => {
    it("replaces once among many that try at once", async () => {
      await using test = await open();
      const url = joinUrl(test.base, "marker");
      await test.storage.put(url, bytes("first"));
      const { identity } = await test.storage.stat(url);
      const replaced = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          test.storage.putIfUnchanged(url, bytes(`writer ${i}`), identity),
        ),
      );
      expect(replaced.filter(Boolean)).toHaveLength(1);
      expect(await text(test.storage, url)).toBe(`writer ${replaced.indexOf(true)}`);
      expect(await urlsIn(test.storage, test.base)).toEqual([url]);
    });
  });
}
