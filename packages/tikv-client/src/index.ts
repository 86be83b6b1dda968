export type { Cluster, RegionGroup, SendOptions, Sent } from "./cluster.js";
export { openCluster, type OpenCluster } from "./cluster/open-cluster.js";
export { TikvError, UndeterminedError, type TikvErrorCode, type TikvErrorOptions } from "./error.js";
export type { ClientHooks, ClientOptions, TlsOptions } from "./options.js";
