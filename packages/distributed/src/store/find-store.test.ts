import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeStoreChoice, findStore } from "./find-store.js";

let root: string;
let cwd: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "roboflow-find-")));
  cwd = join(root, "a", "b");
  await mkdir(cwd, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("findStore", () => {
  it("takes the flag before the environment before what is on disk", async () => {
    await mkdir(join(root, ".roboflow", "store"), { recursive: true });
    const env = { ROBOFLOW_STORE: "lmdb:from-env" };
    expect(await findStore({ flag: "lmdb:/flag", env, cwd })).toEqual({
      url: "lmdb:/flag",
      origin: "flag",
    });
    expect(await findStore({ env, cwd })).toEqual({
      url: `lmdb:${join(cwd, "from-env")}`,
      origin: "environment",
    });
    expect(await findStore({ env: { ROBOFLOW_STORE: "" }, cwd })).toEqual({
      url: `lmdb:${join(root, ".roboflow", "store")}`,
      origin: "found",
    });
  });

  it("takes TiKV's endpoints from their own flag and variable", async () => {
    await mkdir(join(root, ".roboflow", "store"), { recursive: true });
    const env = { TIKV_PD_ENDPOINTS: "pd3" };
    expect(await findStore({ tikvEndpoints: "pd1,pd2:99", env, cwd })).toEqual({
      url: "tikv://pd1:2379,pd2:99",
      origin: "endpoints-flag",
    });
    expect(await findStore({ env, cwd })).toEqual({
      url: "tikv://pd3:2379",
      origin: "endpoints-environment",
    });
    expect(await findStore({ env: { ...env, ROBOFLOW_STORE: "tikv://pd4" }, cwd })).toEqual({
      url: "tikv://pd4:2379",
      origin: "environment",
    });
    await expect(
      findStore({ flag: "lmdb:x", tikvEndpoints: "pd1", env, cwd }),
    ).rejects.toMatchObject({
      message: "--store and --tikv-endpoints both name a store",
    });
  });

  it("takes the nearest directory that has one", async () => {
    await mkdir(join(root, ".roboflow", "store"), { recursive: true });
    await mkdir(join(root, "a", ".roboflow", "store"), { recursive: true });
    expect((await findStore({ env: {}, cwd })).url).toBe(`lmdb:${join(root, "a/.roboflow/store")}`);
  });

  it("passes by a file of that name", async () => {
    await mkdir(join(root, ".roboflow", "store"), { recursive: true });
    await mkdir(join(cwd, ".roboflow"));
    await writeFile(join(cwd, ".roboflow", "store"), "");
    expect((await findStore({ env: {}, cwd })).url).toBe(`lmdb:${join(root, ".roboflow/store")}`);
  });

  it("ends with a new one in the working directory", async () => {
    const choice = await findStore({ env: {}, cwd });
    expect(choice).toEqual({ url: `lmdb:${join(cwd, ".roboflow/store")}`, origin: "new" });
    expect(describeStoreChoice(choice)).toBe(
      `${choice.url} (new; none was found from the working directory upward)`,
    );
  });

  it("refuses a URL it does not know, wherever it came from", async () => {
    await expect(findStore({ env: { ROBOFLOW_STORE: "ftp:x" }, cwd })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORE_URL",
    });
  });
});
