export { TestClock } from "./clock/test-clock.js";
export type { TestClusterOptions, TlsMaterial } from "./cluster/options.js";
export {
  TestCluster,
  type Key,
  type KeyOptions,
  type StopOptions,
} from "./cluster/test-cluster.js";
export type { LockView, RegionView, StoreView } from "./cluster/views.js";
export { TestkitError, type TestkitErrorCode } from "./error.js";
export type { Call, PdCall, Reply, StoreCall } from "./hooks/call.js";
export type { Fault } from "./hooks/fault.js";
export type { Action, Hook } from "./hooks/hook.js";
export type { Interception } from "./hooks/intercept.js";
export type { LockKind } from "./mvcc/lock.js";
export type { Keyspace } from "./pd/keyspaces.js";
export type { RegionErrorInit } from "./region/check-context.js";
export type { Peer } from "./region/region.js";
export type { WhenStopped } from "./rpc/listener.js";
export type { PdRpc, ReplyOf, RequestOf, Rpc, StoreRpc } from "./rpc/methods.js";
export type { ApiVersion } from "./store/command.js";
export {
  createCertificates,
  type CertifiedKey,
  type TestCertificates,
} from "./tls/certificates.js";
