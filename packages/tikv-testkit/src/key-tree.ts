import { compareBytes } from "@roboflow/tikv-proto";
import { EmptyBTree } from "sorted-btree";
import type sortedBTree from "sorted-btree";

/** Values by key, in order of bytes. */
export type KeyTree<V> = sortedBTree.default<Uint8Array, V>;

// Through a named export, because Node and bundlers disagree on the default of a CommonJS module.
const Tree = EmptyBTree.constructor as typeof sortedBTree.default;

export function newKeyTree<V>(): KeyTree<V> {
  return new Tree<Uint8Array, V>(undefined, compareBytes);
}
