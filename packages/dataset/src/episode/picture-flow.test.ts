import { describe, expect, it } from "vitest";
import { PictureFlow, type Picture, type PictureQueue } from "./picture-flow.js";

const unlimited = { perCamera: Infinity, pictures: Infinity, bytes: Infinity };

function picture(bytes: number, repeat = 1): Picture {
  return { image: { kind: "compressed", format: "jpeg", data: new Uint8Array(bytes) }, repeat };
}

async function next(pictures: AsyncGenerator<Picture, void>): Promise<Picture> {
  const { value } = await pictures.next();
  if (value === undefined) throw new Error("the queue has ended");
  return value;
}

/** Whether the promise has settled once all that is ready has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

/** Fills `queue` until the flow has no room, and returns how many pictures went in. */
async function fill(flow: PictureFlow, queue: PictureQueue, bytes: number): Promise<number> {
  for (let pushed = 0; pushed < 100; pushed++) {
    const room = flow.room();
    if (room !== undefined && !(await isSettled(room))) return pushed;
    queue.push(picture(bytes));
  }
  return 100;
}

describe("PictureFlow", () => {
  it.each([
    ["pictures of one camera", { ...unlimited, perCamera: 3 }, 3],
    ["pictures of all cameras", { ...unlimited, pictures: 4 }, 4],
    ["bytes of all cameras", { ...unlimited, bytes: 50 }, 5],
    ["at least one picture of any size", { ...unlimited, bytes: 1 }, 1],
  ])("holds the reader back at the limit: %s", async (_, limits, most) => {
    const flow = new PictureFlow(limits);
    const queue = flow.open();
    flow.open();
    expect(await fill(flow, queue, 10)).toBe(most);
    expect(flow.peak).toEqual({ pictures: most, bytes: most * 10 });
  });

  it("lets the reader go on as soon as an encoder takes a picture", async () => {
    const flow = new PictureFlow({ ...unlimited, pictures: 2 });
    const queue = flow.open();
    queue.push(picture(1));
    queue.push(picture(2));
    const room = flow.room() ?? Promise.reject(new Error("must wait"));
    expect(await isSettled(room)).toBe(false);
    await next(queue[Symbol.asyncIterator]());
    await room;
  });

  it("hands on every picture in order and ends when closed", async () => {
    const queue = new PictureFlow(unlimited).open();
    const received = (async () => {
      const sizes: number[] = [];
      for await (const { image } of queue) sizes.push(image.data.length);
      return sizes;
    })();
    for (const size of [1, 2, 3]) {
      queue.push(picture(size));
      await new Promise((resolve) => setImmediate(resolve));
    }
    queue.push(picture(4));
    queue.close();
    expect(await received).toEqual([1, 2, 3, 4]);
  });

  it("wakes reader and encoders when one of them fails", async () => {
    const flow = new PictureFlow({ ...unlimited, perCamera: 1 });
    const [full, empty] = [flow.open(), flow.open()];
    full.push(picture(1));
    const room = flow.room();
    const encoder = empty[Symbol.asyncIterator]().next();
    flow.fail(new Error("disk full"));
    await expect(room).rejects.toThrow("disk full");
    await expect(encoder).rejects.toThrow("disk full");
    await expect(flow.room()).rejects.toThrow("disk full");
  });
});
