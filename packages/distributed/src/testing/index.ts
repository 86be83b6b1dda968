export { describeKvStore } from "./describe-kv-store.js";
export { openTransaction, type OpenTransaction } from "./open-transaction.js";
export type { KvStoreSubject, TestStore } from "./test-store.js";
