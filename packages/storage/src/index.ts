export { createStorage, type StorageEngines, type StorageOptions } from "./create-storage.js";
export { StorageError, type StorageErrorCode } from "./error.js";
export { toStorageError } from "./fs-error.js";
export { LocalStorage, type LocalStorageOptions } from "./local-storage.js";
export type { RetryInfo, S3Credentials, S3Options } from "./s3/s3-options.js";
export type {
  ByteRange,
  CallOptions,
  ObjectStat,
  ObjectWriter,
  ReadableObject,
  Storage,
} from "./storage.js";
export { isLocalUrl, joinUrl, toPath, toUrl } from "./url.js";
