import { describe, expect, it } from "vitest";
import type { KvStore } from "../store/kv-store.js";
import { ModuleProcess } from "./child-process.js";
import { bytes, text, write, type CurrentStore } from "./test-store.js";

/** Starting a process takes long on a busy machine. */
const PROCESS_TIMEOUT_MS = 120_000;

const CRASH_WRITER = new URL("./crash-writer", import.meta.url);

async function numbers(store: KvStore, name: string): Promise<(number | undefined)[]> {
  const keys = ["left", "bulk", "right"].map((part) => bytes(`${name}/${part}`));
  return (await store.batchGet(keys)).map((value) =>
    value === undefined ? undefined : Number.parseInt(text(value) ?? "", 10),
  );
}

/** What a store holds after processes that used it were killed. */
export function crashContract(current: CurrentStore): void {
  describe("a killed process", { timeout: PROCESS_TIMEOUT_MS }, () => {
    it("between begin and commit leaves nothing, and holds nobody up", async () => {
      const { store, openAgain } = current();
      const holder = new ModuleProcess(CRASH_WRITER, [store.url, "hold", "a"]);
      try {
        expect(await holder.line()).toBe("begun");
        await write(store, { "a/other": "1" });
      } finally {
        await holder.kill();
      }
      const fresh = await openAgain();
      expect(await numbers(fresh, "a")).toEqual([undefined, undefined, undefined]);
      await write(fresh, { "a/left": "1", "a/right": "1" });
      expect(text(await store.get(bytes("a/left")))).toBe("1");
    });

    it("among commits leaves whole transactions, and all that were acknowledged", async () => {
      const { store, openAgain } = current();
      // Several at once, so that some die while they wait for another's commit.
      const deaths = [1, 4, 9].map(async (afterAcks, index) => {
        const name = `writer${index}`;
        const writer = new ModuleProcess(CRASH_WRITER, [store.url, "commit", name]);
        const lines: string[] = [];
        try {
          while (lines.length < afterAcks) lines.push(await writer.line());
        } finally {
          lines.push(...(await writer.kill()));
        }
        return { name, acked: lines.length };
      });
      for (const { name, acked } of await Promise.all(deaths)) {
        for (const handle of [store, await openAgain()]) {
          const [left = 0, bulk, right] = await numbers(handle, name);
          expect([bulk, right]).toEqual([left, left]);
          // The one that was committing as it died may have got through.
          expect([acked, acked + 1]).toContain(left);
        }
      }
      await write(store, { after: "1" });
      expect(text(await (await openAgain()).get(bytes("after")))).toBe("1");
    });
  });
}
