import { kvrpcpb } from "@roboflow/tikv-proto";
import { expect, test } from "vitest";
import { keyCodecV1 } from "../../key-codec.js";
import { WriteBuffer } from "../write-buffer.js";
import {
  choosePrimary,
  fitsAsyncCommit,
  lockedKeys,
  mutationsOf,
  type Mutation,
} from "./commit-plan.js";

const { Op } = kvrpcpb;
const key = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const value = Uint8Array.of(1);

test("writes become mutations in order of keys; the primary is the first that gets a lock", () => {
  const buffer = new WriteBuffer(keyCodecV1("txn", "v1"));
  buffer.put(key("d"), value);
  buffer.insert(key("c"), value);
  buffer.delete(key("b"));
  buffer.lock(key("e"));
  buffer.insert(key("a"), value);
  buffer.delete(key("a"));
  const optimistic = mutationsOf(buffer, false);
  expect(optimistic.map(({ op }) => op)).toEqual([
    Op.CheckNotExists,
    Op.Del,
    Op.Insert,
    Op.Put,
    Op.Lock,
  ]);
  expect(choosePrimary(optimistic)).toEqual(key("b"));
  expect(lockedKeys(optimistic)).toEqual(["b", "c", "d", "e"].map(key));
  // A pessimistic lock has checked it before.
  expect(mutationsOf(buffer, true)[0]?.op).toBe(Op.Lock);
});

test("with nothing but checks the first of them stands for all", () => {
  const check = { op: Op.CheckNotExists, key: key("k"), value };
  expect(choosePrimary([check])).toEqual(key("k"));
  expect(choosePrimary([])).toBeUndefined();
  expect(lockedKeys([check])).toEqual([]);
});

test("async commit takes 256 keys of 4 KiB in all", () => {
  const of = (count: number, length: number): Mutation[] =>
    Array.from({ length: count }, () => ({ op: Op.Put, key: new Uint8Array(length), value }));
  expect(fitsAsyncCommit(of(256, 16))).toBe(true);
  expect(fitsAsyncCommit(of(257, 1))).toBe(false);
  expect(fitsAsyncCommit(of(2, 2049))).toBe(false);
});
