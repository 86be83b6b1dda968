export type { Cluster, RegionGroup, SendOptions, Sent } from "./cluster.js";
export { openCluster, type OpenCluster } from "./cluster/open-cluster.js";
export {
  TikvError,
  UndeterminedError,
  type TikvErrorCode,
  type TikvErrorOptions,
} from "./error.js";
export type { ClientHooks, ClientOptions, TlsOptions } from "./options.js";
export {
  RawClient,
  type CompareAndSwap,
  type RawCallOptions,
  type RawClientOptions,
  type RawPutOptions,
  type Swapped,
} from "./raw/raw-client.js";
export type { RawPair, RawScanOptions } from "./raw/scan.js";
