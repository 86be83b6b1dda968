import { describe, expect, it } from "vitest";
import { BeforeCommit } from "../../test/queue/before-commit.js";
import { ENGINES } from "../../test/queue/engines.js";
import { StoreKeys } from "../keys/keys.js";
import { TikvClient } from "../tikv-client.js";
import { MemoryStore } from "./memory-store.js";
import { findStoreId, storeId } from "./store-id.js";

describe.each(ENGINES)("storeId on $name", ({ open }) => {
  it("names a store once, and each store differently", async () => {
    const clock = (): number => 1_700_000_000_000;
    await using first = await open(clock);
    await using second = await open(clock);
    expect(await findStoreId(first.store)).toBeUndefined();
    const id = await storeId(first.store);
    expect(await storeId(first.store)).toBe(id);
    expect(await findStoreId(first.store)).toBe(id);
    expect(await storeId(second.store)).not.toBe(id);
  });
});

describe("storeId", () => {
  it("gives two processes that ask first at the same moment one id", async () => {
    const store = new MemoryStore();
    let first = "";
    const racing = new BeforeCommit(store, async () => {
      first = await storeId(store);
    });
    expect(await storeId(racing)).toBe(first);
    expect(await new TikvClient(store).storeId()).toBe(first);
  });

  it("gives no new id to a store whose id can't be read", async () => {
    const store = new MemoryStore();
    await store.transact(async (tx) => tx.put(StoreKeys.id(), new TextEncoder().encode("?")));
    await expect(storeId(store)).rejects.toMatchObject({
      code: "ERR_ROBOFLOW_RECORD_INVALID",
      message: "The store record /roboflow/v1/store/id is invalid: it is not JSON",
    });
  });
});
