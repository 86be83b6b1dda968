import type { Action, FaultRule } from "@roboflow/s3-testkit";
import { describe, expect, it } from "vitest";
import { joinUrl } from "../../src/index.js";
import { s3Rig } from "./s3-rig.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const slowDown: Action = { kind: "error", status: 503, code: "SlowDown" };
const MiB = 1024 * 1024;

describe("tries again", () => {
  it.each([
    ["SlowDown", slowDown],
    ["InternalError", { kind: "error", status: 500, code: "InternalError" }],
    ["ECONNRESET", { kind: "disconnect" }],
    ["BadDigest", { kind: "error", status: 400, code: "BadDigest" }],
  ] as const)("after %s, and tells", async (reason, action) => {
    await using rig = await s3Rig();
    const url = joinUrl(rig.base, "run");
    for (const operation of ["PutObject", "GetObject", "ListObjectsV2", "DeleteObject"] as const) {
      rig.server.intercept({ operation, times: 2, action });
    }
    await rig.storage.put(url, bytes("abc"));
    expect(text(await rig.storage.readAll(url))).toBe("abc");
    for await (const found of rig.storage.list(rig.base)) expect(found.url).toBe(url);
    await rig.storage.remove(url);
    expect(rig.server.keys("robots")).toEqual([]);
    expect(rig.retries.filter(({ operation }) => operation === "PutObject")).toEqual([
      { operation: "PutObject", url, attempt: 1, reason },
      { operation: "PutObject", url, attempt: 2, reason },
    ]);
    expect(rig.retries).toHaveLength(8);
  });

  it("not for ever", async () => {
    await using rig = await s3Rig({ s3: { maxAttempts: 3 } });
    rig.server.intercept({ action: slowDown });
    await expect(rig.storage.put(joinUrl(rig.base, "run"), bytes("abc"))).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORAGE_UNAVAILABLE",
      permanence: "transient",
      message: expect.stringContaining("SlowDown, HTTP 503"),
    });
    expect(rig.server.requests).toBe(3);
  });

  it("no more once it is told to stop", async () => {
    await using rig = await s3Rig({ s3: { maxAttempts: 1000 } });
    const stop = new AbortController();
    rig.server.intercept(() => {
      if (rig.server.requests === 2) stop.abort(new Error("stop here"));
      return slowDown;
    });
    const put = rig.storage.put(joinUrl(rig.base, "run"), bytes("abc"), { signal: stop.signal });
    await expect(put).rejects.toThrow("stop here");
  });

  it("after a store that fell silent, before its answer and within it", async () => {
    await using rig = await s3Rig({ s3: { idleTimeoutMs: 200 } });
    const url = joinUrl(rig.base, "run");
    await rig.storage.put(url, bytes("0123456789"));
    let hangs = true;
    rig.server.intercept(async ({ operation }) => {
      if (operation !== "GetObject" || !hangs) return;
      hangs = false;
      await new Promise(() => {});
    });
    rig.server.intercept({
      operation: "GetObject",
      times: 1,
      action: { kind: "stall", afterBytes: 4 },
    });
    expect(text(await rig.storage.readAll(url))).toBe("0123456789");
    const ranges = rig.server.log.flatMap(({ range }) => range ?? []);
    expect(ranges).toEqual(["bytes=0-9", "bytes=4-9"]);
    expect(rig.retries.map(({ reason }) => reason)).toEqual(["TimeoutError", "TimeoutError"]);
  });

  it("goes on where an answer was cut off", async () => {
    await using rig = await s3Rig();
    const url = joinUrl(rig.base, "run");
    const content = new Uint8Array(MiB).map((_, i) => i % 251);
    await rig.storage.put(url, content);
    rig.server.intercept({
      operation: "GetObject",
      times: 6,
      action: { kind: "cut", afterBytes: 100_000 },
    });
    expect(Buffer.compare(await rig.storage.readAll(url), content)).toBe(0);
    const sent = rig.server.log
      .filter(({ operation }) => operation === "GetObject")
      .map(({ range, sent: size }) => [range, size]);
    expect(sent).toHaveLength(7);
    expect(rig.retries).toHaveLength(6);
    expect(sent.at(-1)).toEqual([`bytes=600000-${MiB - 1}`, MiB - 600_000]);
  });
});

describe("when an answer is lost", () => {
  const lost = (operation: FaultRule["operation"] & string): FaultRule => ({
    operation,
    times: 1,
    action: { kind: "lose-answer" },
  });

  it("knows its own write again", async () => {
    await using rig = await s3Rig();
    const url = joinUrl(rig.base, "marker");
    rig.server.intercept(lost("PutObject"));
    expect(await rig.storage.putIfAbsent(url, bytes("mine"))).toBe(true);
    expect(await rig.storage.putIfAbsent(url, bytes("mine"))).toBe(false);
    const { identity } = await rig.storage.stat(url);
    rig.server.intercept(lost("PutObject"));
    expect(await rig.storage.putIfUnchanged(url, bytes("newer"), identity)).toBe(true);
    const now = (await rig.storage.stat(url)).identity;
    rig.server.intercept(lost("DeleteObject"));
    expect(await rig.storage.removeIf(url, now)).toBe(true);
    expect(rig.retries).toHaveLength(3);
  });

  it("takes what another wrote meanwhile for another's", async () => {
    await using rig = await s3Rig();
    const url = joinUrl(rig.base, "marker");
    // The first attempt never arrives; before the second, another writes the same content.
    let attempts = 0;
    rig.server.intercept(async ({ operation, headers }) => {
      if (operation !== "PutObject" || !headers.has("if-none-match")) return undefined;
      attempts += 1;
      if (attempts > 1) return undefined;
      await rig.storage.put(url, bytes("same"));
      return { kind: "disconnect" };
    });
    expect(await rig.storage.putIfAbsent(url, bytes("same"))).toBe(false);
    expect(attempts).toBe(2);
  });

  it("knows an upload that it has finished, and one that it has moved", async () => {
    await using rig = await s3Rig({ s3: { partSize: 5 * MiB } });
    const [from, to] = [joinUrl(rig.base, "from"), joinUrl(rig.base, "to")];
    rig.server.intercept(lost("CompleteMultipartUpload"));
    await using writer = await rig.storage.createWriter(from);
    await writer.write(new Uint8Array(6 * MiB).fill(7));
    expect(await writer.finish()).toEqual(await rig.storage.stat(from));
    rig.server.intercept(lost("CompleteMultipartUpload"));
    expect(await rig.storage.moveIf(from, to, null)).toBe(true);
    expect((await rig.storage.stat(to)).size).toBe(6 * MiB);
    expect(await rig.storage.exists(from)).toBe(false);
    expect(rig.retries.map(({ operation }) => operation)).toEqual([
      "CompleteMultipartUpload",
      "CompleteMultipartUpload",
    ]);
  });
});

describe("unfinished uploads", () => {
  const content = new Uint8Array(11 * MiB);

  it("are aborted when a part can't be sent", async () => {
    await using rig = await s3Rig({ s3: { partSize: 5 * MiB } });
    const refused: Action = { kind: "error", status: 403, code: "AccessDenied" };
    rig.server.intercept({ operation: "UploadPart", after: 1, action: refused });
    const writer = await rig.storage.createWriter(joinUrl(rig.base, "video"));
    const written = async (): Promise<void> => {
      await writer.write(content);
      await writer.finish();
    };
    await expect(written()).rejects.toMatchObject({ code: "ERR_ROBOFLOW_STORAGE_DENIED" });
    expect(rig.server.uploads()).toEqual([]);
    expect(rig.server.keys("robots")).toEqual([]);
  });

  it("of others go with the directory they are in", async () => {
    await using rig = await s3Rig({ s3: { partSize: 5 * MiB } });
    await using kept = await rig.storage.createWriter(joinUrl(rig.base, "elsewhere", "video"));
    await using lostOne = await rig.storage.createWriter(joinUrl(rig.base, "dead", "a video"));
    await kept.write(content);
    await lostOne.write(content);
    await expect.poll(() => rig.server.uploads().map(({ parts }) => parts)).toEqual([2, 2]);
    await rig.storage.removeTree(joinUrl(rig.base, "dead"));
    const keys = rig.server.uploads().map(({ key }) => key);
    expect(keys).toEqual([expect.stringContaining("elsewhere/video")]);
    await kept.finish();
    await expect(lostOne.finish()).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORAGE_IO",
      permanence: "transient",
      message: expect.stringContaining("upload was removed"),
    });
  });

  it("can be dropped without what is stored, such as those whose first answer was lost", async () => {
    await using rig = await s3Rig({ s3: { partSize: 5 * MiB } });
    rig.server.intercept({
      operation: "CreateMultipartUpload",
      times: 1,
      action: { kind: "lose-answer" },
    });
    const url = joinUrl(rig.base, "video");
    await using writer = await rig.storage.createWriter(url);
    await writer.write(content);
    await writer.finish();
    expect(rig.server.uploads()).toHaveLength(1);
    await rig.storage.dropUploads(rig.base);
    expect(rig.server.uploads()).toEqual([]);
    expect((await rig.storage.stat(url)).size).toBe(content.length);
  });

  it("stay where they may not be listed, and the rest of the directory goes", async () => {
    await using rig = await s3Rig({ s3: { partSize: 5 * MiB } });
    await using writer = await rig.storage.createWriter(joinUrl(rig.base, "video"));
    await writer.write(content);
    await rig.storage.put(joinUrl(rig.base, "meta"), bytes("x"));
    const denied: Action = { kind: "error", status: 403, code: "AccessDenied" };
    rig.server.intercept({ operation: "ListMultipartUploads", action: denied });
    await rig.storage.removeTree(rig.base);
    expect(rig.server.keys("robots")).toEqual([]);
    expect(rig.server.uploads()).toHaveLength(1);
  });
});

describe("large objects", () => {
  const content = new Uint8Array(5 * MiB).map((_, i) => i % 251);

  it("move in parts, which the store copies", async () => {
    await using rig = await s3Rig({ minPartSize: 1, s3: { partSize: 64 * 1024 } });
    const [from, to] = [joinUrl(rig.base, "from"), joinUrl(rig.base, "to")];
    for (const move of ["move", "moveIf"] as const) {
      await rig.storage.put(from, content);
      rig.server.clearLog();
      const moved =
        move === "move" ? rig.storage.move(from, to) : rig.storage.moveIf(from, to, null);
      expect(await moved).not.toBe(false);
      const copies = rig.server.log.filter(({ operation }) => operation === "UploadPartCopy");
      expect(copies).toHaveLength(3);
      expect(Buffer.compare(await rig.storage.readAll(to), content)).toBe(0);
      await rig.storage.remove(to);
    }
  });

  it("go up in parts that grow, as their number is limited", async () => {
    await using rig = await s3Rig({ minPartSize: 1, s3: { partSize: 4096 } });
    const url = joinUrl(rig.base, "video");
    await using writer = await rig.storage.createWriter(url);
    await writer.write(content);
    await writer.finish();
    const parts = rig.server.log.filter(({ operation }) => operation === "UploadPart");
    // 1000 of 4 KiB, and the rest twice as large.
    expect(parts).toHaveLength(1000 + (5 * MiB - 1000 * 4096) / 8192);
    expect(Buffer.compare(await rig.storage.readAll(url), content)).toBe(0);
  });
});
