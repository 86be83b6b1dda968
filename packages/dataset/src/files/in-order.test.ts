import { expect, it } from "vitest";
import { inOrder } from "./in-order.js";

/** Work that ends when it is told to. */
function controlled() {
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  const work = async (item: number): Promise<number> => {
    started.push(item);
    await new Promise<void>((resolve) => ends.set(item, resolve));
    return item * 10;
  };
  return { started, work, end: (item: number) => ends.get(item)?.() };
}

it("keeps the order whatever ends first, and no more under way than allowed", async () => {
  const { started, work, end } = controlled();
  const results = inOrder([0, 1, 2, 3], 2, work);
  const first = results.next();
  expect(started).toEqual([0, 1]);
  end(1);
  end(0);
  expect(await first).toEqual({ value: 0, done: false });
  const second = results.next();
  expect(await second).toEqual({ value: 10, done: false });
  expect(started).toEqual([0, 1, 2]);
  const third = results.next();
  end(2);
  expect(await third).toEqual({ value: 20, done: false });
  const last = results.next();
  end(3);
  expect(await last).toEqual({ value: 30, done: false });
  expect(await results.next()).toEqual({ value: undefined, done: true });
});

it("fails in its turn, after what was under way has ended", async () => {
  const ended: number[] = [];
  const work = async (item: number): Promise<number> => {
    await Promise.resolve();
    ended.push(item);
    if (item === 1) throw new Error("item 1");
    return item;
  };
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    for await (const result of inOrder([0, 1, 2, 3, 4, 5], 3, work)) seen.push(result);
  };
  await expect(read()).rejects.toThrow("item 1");
  expect(seen).toEqual([0]);
  expect(ended).toEqual([0, 1, 2, 3]);
});
