import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinUrl, toPath, toUrl } from "./url.js";

const unsupported = { code: "ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL", permanence: "permanent" };
const name = fc
  .string({ unit: "binary", minLength: 1, maxLength: 12 })
  .filter((text) => !/[/\0]/.test(text) && text !== "." && text !== "..");

describe("toUrl", () => {
  it.each([
    ["run.mcap", "file:///data/run.mcap"],
    ["../a b/#1?.mcap", "file:///a%20b/%231%3F.mcap"],
    ["100%/é", "file:///data/100%25/%C3%A9"],
    ["a+b&c=[d]", "file:///data/a+b&c=%5Bd%5D"],
    ["out/", "file:///data/out/"],
    [".", "file:///data"],
    ["/", "file:///"],
    ["file:///a/../b%20c/", "file:///b%20c/"],
    ["FILE:///x", "file:///x"],
    ["s3://bucket/a b", "s3://bucket/a%20b"],
  ])("makes %s the URL %s", (input, url) => {
    expect(toUrl(input, "/data")).toBe(url);
    expect(toUrl(url, "/elsewhere")).toBe(url);
  });

  it("comes back to the same path, whatever the name", () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.boolean(), (names, slash) => {
        const path = `/${names.join("/")}${slash ? "/" : ""}`;
        const url = toUrl(path, "/cwd");
        expect(toPath(url)).toBe(path);
        expect(joinUrl("file:///", ...names) + (slash ? "/" : "")).toBe(url);
        expect(new URL(url).href).toBe(url);
      }),
      { seed: 2 },
    );
  });

  it("refuses what can't be a path", () => {
    expect(() => toUrl("a\0b", "/")).toThrow(expect.objectContaining(unsupported));
  });
});

describe("toPath", () => {
  it.each([
    ["s3://bucket/key", "s3://bucket/key is not a file: URL"],
    ["relative", "relative is not a valid URL"],
    ["file:///a?b", "file:///a?b has a query or fragment"],
    ["file:///a#b", "file:///a#b has a query or fragment"],
    ["file:///a%2Fb", "file:///a%2Fb names no local path"],
    ["file:///a%00b", "file:///a%00b holds a zero byte"],
    ["file://host/share", "file://host/share names no local path"],
  ])("refuses %s", (url, message) => {
    expect(() => toPath(url)).toThrow(expect.objectContaining({ ...unsupported, message }));
  });
});

describe("joinUrl", () => {
  it("takes the base as a directory, and keeps the slash of the last segment", () => {
    expect(joinUrl("file:///a", "b/c", "d e")).toBe("file:///a/b/c/d%20e");
    expect(joinUrl("file:///a/", "b/")).toBe("file:///a/b/");
    expect(joinUrl("s3://bucket", "x#y")).toBe("s3://bucket/x%23y");
    expect(joinUrl("file:///a")).toBe("file:///a");
  });

  it.each(["..", "../x", "x/../../y", ".", "", "/abs", "a//b", "a\0b"])(
    "can't leave the directory by %j",
    (segment) => {
      expect(() => joinUrl("file:///a", segment)).toThrow(expect.objectContaining(unsupported));
    },
  );
});
