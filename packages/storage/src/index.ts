export { StorageError, type StorageErrorCode } from "./error.js";
export type { CallOptions, ObjectStat, ReadableObject, Storage } from "./storage.js";
