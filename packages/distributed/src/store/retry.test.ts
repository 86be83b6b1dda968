import { describe, expect, it } from "vitest";
import { runTransaction, type TransactionEngine } from "./retry.js";
import type { Snapshot } from "./transaction.js";

/** Refuses so many commits, and counts what it handed out. */
function losing(
  refusals: number,
): TransactionEngine<Snapshot> & { begun: number; released: number } {
  let left = refusals;
  const engine = {
    begun: 0,
    released: 0,
    begin: (): Snapshot => {
      engine.begun += 1;
      return {
        now: 0,
        get: () => undefined,
        scan: () => [],
        release: () => {
          engine.released += 1;
        },
      };
    },
    commit: () => {
      left -= 1;
      return left < 0 ? { kind: "committed" as const } : { kind: "conflict" as const, key: "k" };
    },
  };
  return engine;
}

const KEY = Buffer.from("k");
const write = async (tx: { put(key: Uint8Array, value: Uint8Array): void }): Promise<string> => {
  tx.put(KEY, KEY);
  return "result";
};

describe("runTransaction", () => {
  it("tries again until the commit succeeds, waiting a random part of a growing time", async () => {
    const engine = losing(3);
    let asked = 0;
    const random = (): number => {
      asked += 1;
      return 0;
    };
    expect(await runTransaction(engine, write, { random })).toBe("result");
    expect(asked).toBe(3);
    expect(engine).toMatchObject({ begun: 4, released: 4 });
  });

  it("gives up after 32 times", async () => {
    const engine = losing(Number.POSITIVE_INFINITY);
    await expect(runTransaction(engine, write, { random: () => 0 })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_STORE_CONFLICT",
      permanence: "transient",
    });
    expect(engine).toMatchObject({ begun: 32, released: 32 });
  });

  it("lets the snapshot go when the function fails", async () => {
    const engine = losing(0);
    const failing = runTransaction(engine, () => Promise.reject(new Error("no")), {});
    await expect(failing).rejects.toThrow("no");
    expect(engine).toMatchObject({ begun: 1, released: 1 });
  });

  it("ends the wait when the signal aborts", async () => {
    const controller = new AbortController();
    const random = (): number => {
      controller.abort();
      return 1;
    };
    const { signal } = controller;
    await expect(runTransaction(losing(9), write, { signal, random })).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_ABORTED",
    });
  });
});
