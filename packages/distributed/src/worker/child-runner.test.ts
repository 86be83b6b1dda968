import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { silentLogger, type LogFields } from "@roboflow/core";
import { describe, expect, it } from "vitest";
import { gone } from "../../test/worker/gone.js";
import { conversionRequest } from "../../test/worker/requests.js";
import { ChildRunner, type ChildRunnerOptions } from "./child-runner.js";
import type { AssemblyRequest, ConversionContext, Progress } from "./conversion.js";

const FROM_SOURCE = ["--conditions=@roboflow/source", "--import", "tsx"];
const ENTRY = new URL("../../test/worker/child-entry.ts", import.meta.url);

function runner(options: Partial<ChildRunnerOptions> = {}): ChildRunner {
  return new ChildRunner({ entry: ENTRY, execArgv: FROM_SOURCE, ...options });
}

function context(more: Partial<ConversionContext> = {}): ConversionContext {
  return {
    signal: new AbortController().signal,
    logger: silentLogger,
    onProgress: () => {},
    ...more,
  };
}

describe("ChildRunner", { timeout: 120_000 }, () => {
  it("gives the result, progress and logs of a process of its own", async () => {
    const seen: Progress[] = [];
    const logged: [string, LogFields | undefined][] = [];
    const logger = {
      ...silentLogger,
      warn: (message: string, fields?: LogFields) => void logged.push([message, fields]),
    };
    const onProgress = (progress: Progress): void => void seen.push(progress);
    const result = await runner().convert(
      conversionRequest("log"),
      context({ logger, onProgress }),
    );
    expect(result).toEqual({ frames: 3, episodes: 1, report: { a: [1] }, warnings: ["w"] });
    expect(seen[0]?.framesDone).not.toBe(process.pid);
    expect(logged).toEqual([["careful", { at: "5", error: "Error: odd", list: [1] }]]);
    await gone(seen[0]?.framesDone ?? 0);
  });

  it("assembles as well", async () => {
    const request: AssemblyRequest = {
      batchId: "b",
      storeUrl: "memory:",
      storeId: "store-1",
      generation: 1,
      token: 1,
      outputUrl: "file:///out/",
      stagingUrl: "file:///out/.roboflow/b/final/1/",
      config: { hash: "ab".repeat(32), content: "" },
      episodes: [{ jobId: "j", sourceUrl: "file:///1.mcap", artifactUrl: "file:///a/" }],
    };
    expect(await runner().assemble(request, context())).toEqual({
      episodes: 1,
      frames: 1,
      features: {},
    });
  });

  it("keeps code, permanence and hint of an error", async () => {
    await expect(runner().convert(conversionRequest("fail"), context())).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_NO_FRAMES",
      permanence: "permanent",
      message: "nothing in it",
      hint: "look",
    });
    await expect(runner().convert(conversionRequest("throw"), context())).rejects.toMatchObject({
      permanence: "transient",
      message: "TypeError: not ours",
    });
  });

  it.each([
    ["kill", "The conversion process ended by signal SIGKILL before it gave a result"],
    ["exit", "The conversion process ended with exit code 3 before it gave a result"],
  ])("takes a child that ends by %s for a transient crash", async (task, message) => {
    await expect(runner().convert(conversionRequest(task), context())).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CHILD_CRASHED",
      permanence: "transient",
      message,
    });
  });

  it("survives a child that runs out of memory", async () => {
    const small = runner({ execArgv: [...FROM_SOURCE, "--max-old-space-size=64"] });
    await expect(small.convert(conversionRequest("memory"), context())).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_CHILD_CRASHED",
      permanence: "transient",
    });
  });

  it.each(["wait", "stubborn"])("ends a child (%s) when aborted", async (task) => {
    const abort = new AbortController();
    let pid = 0;
    const conversion = runner({ killGraceMs: 100 }).convert(
      conversionRequest(task),
      context({
        signal: abort.signal,
        onProgress: ({ framesDone }) => {
          pid = framesDone;
          abort.abort();
        },
      }),
    );
    await expect(conversion).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_ABORTED",
      permanence: "transient",
    });
    await gone(pid);
  });

  it("starts no child for a signal that has aborted already", async () => {
    const conversion = runner({ entry: new URL("file:///nowhere.js") }).convert(
      conversionRequest(null),
      context({ signal: AbortSignal.abort() }),
    );
    await expect(conversion).rejects.toMatchObject({ code: "ERR_ROBOFLOW_ABORTED" });
  });

  it("ends the child when its parent is killed", async () => {
    const script = fileURLToPath(new URL("../../test/worker/child-parent.ts", import.meta.url));
    const parent = spawn(process.execPath, [...FROM_SOURCE, script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(createInterface(parent.stdout), "line");
    parent.kill("SIGKILL");
    expect(Number(line)).not.toBe(parent.pid);
    await gone(Number(line));
  });
});
