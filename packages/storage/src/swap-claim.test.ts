import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withSwapClaim } from "./swap-claim.js";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "swap claim "));
  path = join(directory, "marker");
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Claims as a process would that died before it replaced anything; gives the claim's path. */
async function leaveClaim(pid: number, start: string): Promise<string> {
  let claim = "";
  await withSwapClaim(path, "identity", async () => {
    claim = (await readdir(directory)).map((name) => join(directory, name))[0] ?? "";
    return false;
  });
  await writeFile(claim, JSON.stringify({ host: hostname(), pid, start }));
  return claim;
}

it("lets one at a time replace the same content", async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<boolean> => {
    most = Math.max(most, ++inside);
    await readdir(directory);
    inside -= 1;
    return false;
  };
  await Promise.all(Array.from({ length: 6 }, () => withSwapClaim(path, "identity", work)));
  expect(most).toBe(1);
  expect(await readdir(directory)).toEqual([]);
});

it("goes on after processes that died, and removes their claims once all is decided", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  const dead = await leaveClaim(child.pid ?? 0, "");
  expect(await withSwapClaim(path, "identity", async () => false)).toBe(false);
  // Nothing was decided: whoever looked at it may still follow it.
  expect(await readFile(dead, "utf8")).toContain(`${child.pid}`);
  expect(await withSwapClaim(path, "identity", async () => true)).toBe(true);
  expect(await readdir(directory)).toEqual([]);
});

it.runIf(process.platform === "linux")("tells a process from a later one of its id", async () => {
  await leaveClaim(process.pid, "another boot:1");
  expect(await withSwapClaim(path, "identity", async () => true)).toBe(true);
});

it("waits for one that is alive until told to stop", async () => {
  const stop = new AbortController();
  const waited = withSwapClaim(path, "identity", async () => {
    const second = withSwapClaim(path, "identity", async () => true, stop.signal);
    stop.abort();
    await expect(second).rejects.toThrow("aborted");
    return true;
  });
  expect(await waited).toBe(true);
  expect(await readdir(directory)).toEqual([]);
});

it("gives the claim back when the work fails", async () => {
  const failing = async (): Promise<boolean> => {
    throw new Error("disk gone");
  };
  await expect(withSwapClaim(path, "identity", failing)).rejects.toThrow("disk gone");
  expect(await readdir(directory)).toEqual([]);
});
