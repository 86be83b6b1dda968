import { describe, expect, it } from "vitest";
import { MAX_KEY_BYTES } from "../store/bytes.js";
import { collect } from "./collect.js";
import { bytes, type CurrentStore } from "./test-store.js";

const MIB = 1 << 20;

/** What keys and values may hold. */
export function valueContract(current: CurrentStore): void {
  describe("keys", () => {
    const awkward = [
      Uint8Array.of(0x00),
      Uint8Array.of(0x00, 0x00),
      Uint8Array.of(0x00, 0xff),
      Uint8Array.of(0x61),
      Uint8Array.of(0x61, 0x00),
      Uint8Array.of(0x61, 0x00, 0x00),
      Uint8Array.of(0x61, 0xff),
      Uint8Array.of(0xc3, 0x28),
      Uint8Array.of(0xff),
      Uint8Array.of(0xff, 0xff),
    ];

    it("are bytes: zeros, 0xff, and one the start of another", async () => {
      const { store } = current();
      await store.transact(async (tx) => {
        for (const [index, key] of awkward.toReversed().entries())
          tx.put(key, Uint8Array.of(index));
      });
      for (const [index, key] of awkward.entries()) {
        const value = await store.get(key);
        expect(value?.[0]).toBe(awkward.length - 1 - index);
      }
      const all = { start: new Uint8Array(), end: Uint8Array.of(0xff, 0xff, 0xff) };
      const keys = (await collect(store.scan(all))).map(({ key }) => [...key]);
      expect(keys).toEqual(awkward.map((key) => [...key]));
    });

    it("take a view of a larger buffer, and are not held on to", async () => {
      const { store } = current();
      const buffer = Buffer.from("xxkeyxx");
      const key = buffer.subarray(2, 5);
      await store.transact(async (tx) => {
        tx.put(key, key);
        buffer.fill(0);
      });
      expect(Buffer.from((await store.get(bytes("key"))) ?? []).toString()).toBe("key");
    });

    it(`may have ${MAX_KEY_BYTES} bytes, not more and not none`, async () => {
      const { store } = current();
      const longest = new Uint8Array(MAX_KEY_BYTES).fill(0xfe);
      await store.transact(async (tx) => tx.put(longest, bytes("1")));
      expect(await store.get(longest)).toBeDefined();
      for (const key of [new Uint8Array(), new Uint8Array(MAX_KEY_BYTES + 1)]) {
        const refused = { code: "ERR_ROBOFLOW_STORE_KEY", permanence: "permanent" };
        await expect(store.get(key)).rejects.toMatchObject(refused);
        await expect(store.batchGet([longest, key])).rejects.toMatchObject(refused);
        for (const action of ["get", "delete", "lock"] as const) {
          await expect(store.transact(async (tx) => tx[action](key))).rejects.toMatchObject(
            refused,
          );
        }
        await expect(store.transact(async (tx) => tx.put(key, bytes("1")))).rejects.toMatchObject(
          refused,
        );
      }
    });
  });

  describe("values", () => {
    it("may be large, several in one transaction", async () => {
      const { store, openAgain } = current();
      const sizes = [1, 4_095, 4_096, MIB, MIB + 1, 5 * MIB];
      await store.transact(async (tx) => {
        for (const [index, size] of sizes.entries()) {
          tx.put(bytes(`v${index}`), new Uint8Array(size).fill(index + 1));
        }
      });
      const other = await openAgain();
      const read = await other.batchGet(sizes.map((_, index) => bytes(`v${index}`)));
      const pairs = await collect(other.scan({ start: bytes("v"), end: bytes("w") }));
      for (const [index, size] of sizes.entries()) {
        const expected = Buffer.alloc(size, index + 1);
        for (const value of [read[index], pairs[index]?.value]) {
          expect(Buffer.compare(value ?? new Uint8Array(), expected)).toBe(0);
        }
      }
    });

    it("hold any byte", async () => {
      const { store } = current();
      const value = Uint8Array.from({ length: 256 }, (_, index) => index);
      await store.transact(async (tx) => tx.put(bytes("a"), value));
      expect([...((await store.get(bytes("a"))) ?? [])]).toEqual([...value]);
    });

    it("are never empty, and the refusal names the key", async () => {
      const { store } = current();
      const refused = store.transact(async (tx) => {
        tx.put(bytes("good"), bytes("1"));
        tx.put(Buffer.from("bad\0"), new Uint8Array());
      });
      await expect(refused).rejects.toMatchObject({
        code: "ERR_ROBOFLOW_STORE_VALUE",
        permanence: "permanent",
        message: 'The value of the store key "bad\\x00" is empty; values are at least one byte',
      });
      expect(await store.get(bytes("good"))).toBeUndefined();
    });

    it("belong to whoever read them", async () => {
      const { store } = current();
      await store.transact(async (tx) => tx.put(bytes("a"), bytes("1")));
      (await store.get(bytes("a")))?.fill(0);
      await store.transact(async (tx) => {
        (await tx.get(bytes("a")))?.fill(0);
        tx.put(bytes("b"), bytes("1"));
        (await tx.get(bytes("b")))?.fill(0);
      });
      const values = await store.batchGet([bytes("a"), bytes("b"), bytes("absent"), bytes("a")]);
      expect(values.map((value) => value?.[0])).toEqual([0x31, 0x31, undefined, 0x31]);
    });
  });
}
