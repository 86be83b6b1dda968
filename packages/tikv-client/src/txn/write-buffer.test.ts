import { expect, test } from "vitest";
import { keyCodecV1 } from "../key-codec.js";
import { MAX_TRANSACTION_BYTES } from "../limits.js";
import { WriteBuffer, type Write } from "./write-buffer.js";

const key = (name: string): Uint8Array => Uint8Array.from(Buffer.from(name));
const one = Uint8Array.of(1);
const two = Uint8Array.of(2);
const buffer = (): WriteBuffer => new WriteBuffer(keyCodecV1("txn", "v1"));

function writesOf(buffer: WriteBuffer): [string, Write["kind"]][] {
  const writes: [string, Write["kind"]][] = [];
  buffer.forEach((name, write) => writes.push([Buffer.from(name).toString(), write.kind]));
  return writes;
}

type Step = "put" | "insert" | "delete" | "lock";

function after(...steps: Step[]): Write["kind"] | undefined {
  const writes = buffer();
  for (const step of steps) {
    if (step === "put" || step === "insert") writes[step](key("k"), one);
    else writes[step](key("k"));
  }
  return writesOf(writes)[0]?.[1];
}

test("one key's writes in turn end as one that checks what they all would", () => {
  expect(after()).toBeUndefined();
  expect(after("put", "delete")).toBe("delete");
  expect(after("delete", "put")).toBe("put");
  expect(after("insert", "put")).toBe("insert");
  expect(after("insert", "delete")).toBe("check-absent");
  expect(after("insert", "delete", "put")).toBe("insert");
  expect(after("insert", "delete", "insert")).toBe("insert");
  expect(after("insert", "delete", "delete")).toBe("check-absent");
  // It is absent for sure: nothing is left to check.
  expect(after("delete", "insert")).toBe("put");
  expect(after("lock")).toBe("lock");
  expect(after("lock", "put")).toBe("put");
  expect(after("lock", "insert")).toBe("insert");
  expect(after("put", "lock")).toBe("put");
  expect(after("delete", "lock")).toBe("delete");
  const exists = expect.objectContaining({ code: "ERR_ROBOFLOW_TIKV_KEY_EXISTS" });
  expect(() => after("put", "insert")).toThrow(exists);
  expect(() => after("insert", "insert")).toThrow(exists);
});

test("reads see values, and know what is absent; locks they leave to the store", () => {
  const writes = buffer();
  expect(writes.read(key("k"))).toEqual({ kind: "unknown" });
  writes.put(key("k"), one);
  expect(writes.read(key("k"))).toEqual({ kind: "value", value: one });
  writes.delete(key("k"));
  expect(writes.read(key("k"))).toEqual({ kind: "absent" });
  writes.lock(key("l"));
  expect(writes.read(key("l"))).toEqual({ kind: "unknown" });
});

test("writes come out in order of keys, and a snapshot stays as it was", () => {
  const writes = buffer();
  expect(writes.snapshot()).toBeUndefined();
  for (const name of ["c", "a", "b"]) writes.put(key(name), one);
  const before = writes.snapshot();
  writes.delete(key("b"));
  writes.put(key("d"), two);
  expect(writesOf(writes)).toEqual([
    ["a", "put"],
    ["b", "delete"],
    ["c", "put"],
    ["d", "put"],
  ]);
  expect(before?.size).toBe(3);
  expect(before?.get(key("b"))).toEqual({ kind: "put", value: one });
});

test("bytes are those of keys and values as they are now", () => {
  const writes = buffer();
  writes.put(key("abc"), new Uint8Array(10));
  writes.put(key("abc"), new Uint8Array(4));
  writes.lock(key("de"));
  expect(writes.bytes).toBe(3 + 4 + 2);
  writes.delete(key("abc"));
  expect(writes.bytes).toBe(3 + 2);
  const rest = new Uint8Array(MAX_TRANSACTION_BYTES - writes.bytes - 1);
  writes.put(key("z"), rest);
  expect(writes.bytes).toBe(MAX_TRANSACTION_BYTES);
  expect(() => writes.lock(key("y"))).toThrow(
    expect.objectContaining({ code: "ERR_ROBOFLOW_TIKV_TRANSACTION_SIZE" }),
  );
  expect(writes.bytes).toBe(MAX_TRANSACTION_BYTES);
  expect(writes.size).toBe(3);
});
