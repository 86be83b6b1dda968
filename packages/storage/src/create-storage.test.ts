import { expect, it } from "vitest";
import { createStorage } from "./create-storage.js";
import { LocalStorage } from "./local-storage.js";
import type { ObjectStat } from "./storage.js";

class ToyStorage extends LocalStorage {
  closed = 0;
  override async stat(url: string): Promise<ObjectStat> {
    return { url, size: 3, identity: "etag" };
  }
  override async close(): Promise<void> {
    this.closed += 1;
  }
}

it("names the schemes that are supported", async () => {
  await using storage = createStorage();
  for (const url of ["gs://bucket/run.mcap", "az://bucket/run.mcap"]) {
    await expect(storage.open(url)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORAGE_UNSUPPORTED_URL",
      permanence: "permanent",
      message: `${url}: ${url.slice(0, url.indexOf(":"))}:// is not supported (supported: file://, s3://, oss://)`,
    });
  }
  await expect(storage.open("run.mcap")).rejects.toMatchObject({
    message: "run.mcap is not an absolute URL",
    hint: "toUrl() makes one from a path.",
  });
});

it("routes a scheme to its engine, and closes it", async () => {
  const toy = new ToyStorage();
  const storage = createStorage({ engines: { "toy:": toy } });
  expect(await storage.stat("toy://a/b")).toEqual({ url: "toy://a/b", size: 3, identity: "etag" });
  await expect(storage.move("toy://a/b", "file:///a/b")).rejects.toThrow("different storages");
  await storage.close();
  expect(toy.closed).toBe(1);
});
