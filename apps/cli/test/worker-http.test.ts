import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { startRoboflow } from "./support/roboflow.js";
import { Workspace } from "./support/workspace.js";

describe("a worker with --http", () => {
  it("tells that it lives, is ready, and what it measures", async () => {
    await using workspace = await Workspace.create();
    const args = ["worker", "--http", "127.0.0.1:0", "--log-format", "json", "--role", "finalizer"];
    const worker = startRoboflow(args, {
      cwd: workspace.directory,
      env: { ROBOFLOW_STORE: workspace.store },
    });
    try {
      if (worker.stderr === null) throw new Error("no output");
      worker.stdout?.resume();
      const exit = once(worker, "exit");
      const lines = createInterface({ input: worker.stderr })[Symbol.asyncIterator]();
      const { http } = JSON.parse((await lines.next()).value ?? "");

      const get = async (path: string) => {
        const answer = await fetch(`${http}${path}`);
        return { status: answer.status, text: await answer.text() };
      };
      expect(await get("/livez")).toEqual({ status: 200, text: "ok\n" });
      const health = JSON.parse((await get("/health")).text);
      expect(health).toMatchObject({
        roles: ["finalizer"],
        store: { state: "reachable" },
        jobs: [],
        waitingResults: 0,
      });
      const metrics = (await get("/metrics")).text;
      expect(metrics).toMatch(/^roboflow_jobs\{status="Pending"\} 0$/m);
      expect(metrics).toMatch(
        /^roboflow_store_latency_seconds_count\{operation="transact"\} \d+$/m,
      );
      worker.kill("SIGTERM");
      expect(await exit).toEqual([0, null]);
    } finally {
      worker.kill("SIGKILL");
    }
  });

  it("says when the address can't be had", async () => {
    await using workspace = await Workspace.create();
    const { code, stderr } = await workspace.run(["worker", "--http", "203.0.113.1:80"]);
    expect(stderr).toContain("code: ERR_ROBOFLOW_HEALTH_LISTEN");
    expect(code).toBe(3);
  });
});
