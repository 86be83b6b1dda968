import { silentLogger } from "@roboflow/core";
import { expect, test, vi } from "vitest";
import { Background } from "./background.js";

test("draining waits for what is under way, and no longer than it may", async () => {
  const background = new Background(silentLogger);
  await background.drain(60_000);
  let end = (): void => {};
  const task = new Promise<void>((resolve) => {
    end = resolve;
  });
  let done = false;
  void background.run("a task", async () => {
    await task;
    done = true;
  });
  await background.drain(1);
  expect(done).toBe(false);
  end();
  await background.drain(60_000);
  expect(done).toBe(true);
});

test("a failure is logged, and no unhandled rejection", async () => {
  const debug = vi.fn<(message: string, fields?: object) => void>();
  const background = new Background({ ...silentLogger, debug });
  const error = new Error("no");
  void background.run("Rolling back", () => Promise.reject(error));
  await background.drain(60_000);
  expect(debug).toHaveBeenCalledWith("Rolling back was left undone", { error });
});

test("with too much under way the caller is told to wait", async () => {
  const background = new Background(silentLogger);
  const ends: (() => void)[] = [];
  const task = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  for (let i = 0; i < 1024; i += 1) expect(background.run("work", task)).toBeUndefined();
  const wait = background.run("work", task);
  expect(wait).toBeInstanceOf(Promise);
  for (const end of ends) end();
  await wait;
  expect(background.run("work", async () => {})).toBeUndefined();
});
