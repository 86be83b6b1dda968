import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestCluster } from "@roboflow/tikv-testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Workspace } from "./support/workspace.js";

describe("which store a command uses", () => {
  let workspace: Workspace;
  let deep: string;
  beforeEach(async () => {
    workspace = await Workspace.create();
    deep = await workspace.subdirectory("a/b");
  });
  afterEach(() => workspace[Symbol.asyncDispose]());

  async function storeOf(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
    const { stdout, stderr } = await workspace.run(["health", "--json", ...args], {
      cwd: deep,
      env,
    });
    const { store } = JSON.parse(stdout);
    // None of them was there before, so people are told which one is looked at.
    expect(stderr).toContain(`warning: the store ${store} (`);
    return store;
  }

  it("prefers flag, environment, project file, and the nearest store, in this order", async () => {
    const none = { ROBOFLOW_STORE: "" };
    expect(await storeOf([], none)).toBe(`lmdb:${join(deep, ".roboflow", "store")}`);
    // Now that it exists, it is found from below.
    const below = await workspace.subdirectory("a/b/c");
    const found = await workspace.run(["health", "--json"], { cwd: below, env: none });
    expect(JSON.parse(found.stdout).store).toBe(`lmdb:${join(deep, ".roboflow", "store")}`);

    await writeFile(workspace.path("roboflow.toml"), 'store = "lmdb:project-store"\n');
    expect(await storeOf([], none)).toBe(`lmdb:${workspace.path("project-store")}`);
    const fromEnvironment = `lmdb:${workspace.path("env")}`;
    expect(await storeOf([], { ROBOFLOW_STORE: fromEnvironment })).toBe(fromEnvironment);
    const flag = `lmdb:${workspace.path("flag")}`;
    expect(await storeOf(["--store", flag], { ROBOFLOW_STORE: fromEnvironment })).toBe(flag);
  });

  it("says which TiKV cluster can't be reached, and who named it", async () => {
    // Port 9 (discard) has no listener.
    const cases = [
      { args: ["--tikv-endpoints", "127.0.0.1:9"], env: {} },
      { args: [], env: { ROBOFLOW_STORE: "", TIKV_PD_ENDPOINTS: "127.0.0.1:9" } },
    ];
    for (const { args, env } of cases) {
      const { code, stdout, stderr } = await workspace.run(["health", ...args], { env });
      expect(stderr).toContain("tikv://127.0.0.1:9");
      expect(stdout).toBe("");
      expect(code).toBe(6);
    }
  });

  it("tells scripts that the store is away", async () => {
    const args = ["health", "--json", "--tikv-endpoints", "127.0.0.1:9"];
    const { code, stdout } = await workspace.run(args);
    expect(JSON.parse(stdout)).toMatchObject({
      store: "tikv://127.0.0.1:9",
      state: "away",
      error: { code: "ERR_ROBOFLOW_STORE_UNAVAILABLE" },
    });
    expect(code).toBe(6);
  });

  it("does not call a store away that waiting won't help", async () => {
    await using one = await TestCluster.start();
    await using other = await TestCluster.start();
    const both = [...one.endpoints, ...other.endpoints].join(",");
    const mixed = await workspace.run(["health", "--json", "--tikv-endpoints", both]);
    expect(mixed.stderr).toContain("Name endpoints of one cluster only");
    expect(mixed.stdout).toBe("");
    expect(mixed.code).toBe(2);
    const noFile = [
      "health",
      "--tikv-endpoints",
      one.endpoints.join(","),
      "--tikv-ca",
      "absent.pem",
    ];
    const absent = await workspace.run(noFile);
    expect(absent.stderr).toContain("absent.pem");
    expect(absent.code).toBe(2);
  });

  it("refuses a client certificate without its key", async () => {
    const args = ["health", "--tikv-endpoints", "127.0.0.1:9", "--tikv-cert", "client.pem"];
    const { code, stderr } = await workspace.run(args);
    expect(stderr).toContain("the client certificate for TiKV has no key");
    expect(code).toBe(2);
  });

  it("tells people which and why", async () => {
    const { stdout } = await workspace.run(["health"]);
    expect(stdout).toContain(`store ${workspace.store} (from ROBOFLOW_STORE)`);
  });

  it("names the key of a project file that is wrong", async () => {
    await writeFile(workspace.path("roboflow.toml"), "jobs = 0\n");
    const { code, stderr } = await workspace.run(["health"], { cwd: deep });
    expect(stderr).toContain(`${workspace.path("roboflow.toml")}: jobs: `);
    expect(code).toBe(4);
    await writeFile(workspace.path("roboflow.toml"), '[tikv]\nendpoints = ["pd:2379"]\n');
    const unknown = await workspace.run(["health"], { cwd: deep });
    expect(unknown.stderr).toContain("endpoints");
    expect(unknown.stderr).toContain(
      "store, jobs, log_level, log_format, shared_path, scratch, tikv.ca, tikv.cert",
    );
  });

  it.each([
    ["tikv://me@pd:2379", "A tikv:// store takes no user or password", 2],
    ["store", "The store must be given as a URL with a scheme, e.g. lmdb:.roboflow/store", 2],
  ])("refuses --store %s", async (store, message, exit) => {
    const { code, stderr } = await workspace.run(["health", "--store", store]);
    expect(stderr).toContain(message);
    expect(code).toBe(exit);
  });
});
