import { afterEach, beforeEach, describe } from "vitest";
import { concurrencyContract } from "./concurrency-contract.js";
import { crashContract } from "./crash-contract.js";
import { isolationContract } from "./isolation-contract.js";
import { lifecycleContract } from "./lifecycle-contract.js";
import { scanContract } from "./scan-contract.js";
import type { KvStoreSubject, TestStore } from "./test-store.js";
import { valueContract } from "./value-contract.js";

/** The tests that every store engine must pass; call it in a Vitest file. */
export function describeKvStore(name: string, subject: KvStoreSubject): void {
  describe(`${name} as a KvStore`, () => {
    let opened: TestStore | undefined;
    beforeEach(async () => {
      opened = await subject.create();
    });
    afterEach(async () => {
      await opened?.dispose();
      opened = undefined;
    });
    const current = (): TestStore => {
      if (opened === undefined) throw new Error("Ask for the store inside a test");
      return opened;
    };
    isolationContract(current);
    scanContract(current);
    valueContract(current);
    lifecycleContract(current);
    concurrencyContract(current);
    if (subject.severalProcesses) crashContract(current);
  });
}
