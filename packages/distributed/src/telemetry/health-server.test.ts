import { describe, expect, it } from "vitest";
import type { WorkerHealth } from "../worker/worker-health.js";
import { startHealthServer } from "./health-server.js";

const WELL: WorkerHealth = {
  worker: "w1",
  roles: ["worker"],
  mode: "working",
  store: { state: "reachable" },
  jobs: [],
  waitingResults: 0,
  finalizing: false,
  live: { ok: true },
  ready: { ok: true },
};

const get = async (url: string, init?: RequestInit): Promise<[number, string]> => {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
};

describe("startHealthServer", () => {
  it("tells of a worker that is well", async () => {
    await using server = await startHealthServer({ port: 0, worker: { health: () => WELL } });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await get(`${server.url}/livez`)).toEqual([200, "ok\n"]);
    expect(await get(`${server.url}/readyz?verbose`)).toEqual([200, "ok\n"]);
    expect(await get(`${server.url}/health`)).toEqual([200, JSON.stringify(WELL)]);
    expect(await get(`${server.url}/livez`, { method: "HEAD" })).toEqual([200, ""]);
  });

  it("says why a worker is not ready, or must be restarted", async () => {
    const health: WorkerHealth = {
      ...WELL,
      live: { ok: false, reason: "heartbeat is stuck for 400 s" },
      ready: { ok: false, reason: "the worker is starting" },
    };
    await using server = await startHealthServer({ port: 0, worker: { health: () => health } });
    expect(await get(`${server.url}/livez`)).toEqual([503, "heartbeat is stuck for 400 s\n"]);
    expect(await get(`${server.url}/readyz`)).toEqual([503, "the worker is starting\n"]);
  });

  it("gives metrics with their type, or says that there are none", async () => {
    const metrics = { contentType: "text/plain; version=0.0.4", text: async () => "a 1\n" };
    const worker = { health: () => WELL };
    await using server = await startHealthServer({ port: 0, worker, metrics });
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    expect(await response.text()).toBe("a 1\n");
    await using without = await startHealthServer({ port: 0, worker });
    expect(await get(`${without.url}/metrics`)).toEqual([404, "metrics are off\n"]);
  });

  it("answers nothing else, and tells nobody outside of a failure inside", async () => {
    const metrics = {
      contentType: "text/plain",
      text: (): Promise<string> => Promise.reject(new Error("secret")),
    };
    const worker = { health: () => WELL };
    await using server = await startHealthServer({ port: 0, worker, metrics });
    expect((await get(`${server.url}/`))[0]).toBe(404);
    expect((await get(`${server.url}/livez`, { method: "POST" }))[0]).toBe(405);
    expect(await get(`${server.url}/metrics`)).toEqual([500, "internal error\n"]);
  });

  it("names the address that it can't have", async () => {
    const worker = { health: () => WELL };
    await using server = await startHealthServer({ port: 0, worker });
    const port = Number(new URL(server.url).port);
    await expect(startHealthServer({ port, worker })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_HEALTH_LISTEN",
      message: `Health can't be served on 127.0.0.1:${port}`,
    });
  });

  it("ends at once, whoever is still connected", async () => {
    const server = await startHealthServer({ port: 0, worker: { health: () => WELL } });
    await get(`${server.url}/livez`);
    await Promise.all([server.close(), server[Symbol.asyncDispose]()]);
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow("fetch failed");
  });
});
