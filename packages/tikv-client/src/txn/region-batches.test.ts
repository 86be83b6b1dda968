import { expect, test } from "vitest";
import { atMost, BATCH_BYTES, chunks, inRegion, neighbours } from "./region-batches.js";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const region = (start: string, end: string) => ({
  id: 1n,
  start: bytes(start),
  end: bytes(end),
  epoch: { confVer: 1n, version: 1n },
  peers: [],
});

test("chunks end where they have reached the size, and none is empty", () => {
  const of = (...sizes: number[]): number[][] => chunks(sizes, (size) => size);
  expect(of()).toEqual([]);
  expect(of(1, 2)).toEqual([[1, 2]]);
  expect(of(BATCH_BYTES, 1)).toEqual([[BATCH_BYTES], [1]]);
  expect(of(BATCH_BYTES - 1, 1, 5)).toEqual([[BATCH_BYTES - 1, 1], [5]]);
  expect(of(3 * BATCH_BYTES)).toEqual([[3 * BATCH_BYTES]]);
});

test("a region holds its start and not its end; an empty end has no bound", () => {
  expect(["a", "b", "m", "n"].map((key) => inRegion(region("b", "n"), bytes(key)))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(inRegion(region("b", ""), bytes("zzz"))).toBe(true);
});

test("neighbours of a key are those of its region that fit beside it", () => {
  const keys = ["a", "b", "c", "z"].map(bytes);
  const { inside, rest } = neighbours(region("b", "d"), bytes("c"), keys);
  expect([inside, rest].map((list) => list.map((key) => Buffer.from(key).toString()))).toEqual([
    ["c", "b"],
    ["a", "z"],
  ]);
  const long = Array.from({ length: 5 }, (_, i) => bytes(`${i}`.padEnd(BATCH_BYTES / 2, "x")));
  const split = neighbours(region("", ""), bytes("k"), long);
  expect([split.inside.length, split.rest.length]).toEqual([3, 3]);
});

test("at most so many run at once, none starts after a failure, and all that ran are waited for", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  const task =
    (id: number, fails = false) =>
    async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      if (fails) throw new Error(`task ${id}`);
      done.push(id);
    };
  await atMost(
    2,
    [0, 1, 2, 3, 4].map((id) => task(id)),
  );
  expect([most, done.length]).toEqual([2, 5]);
  done.length = 0;
  const tasks = [task(0), task(1, true), task(2), task(3), task(4)];
  await expect(atMost(2, tasks)).rejects.toThrow("task 1");
  expect(running).toBe(0);
  expect(done).not.toContain(4);
  await atMost(3, []);
});
