import type { TestClock } from "../clock/test-clock.js";
import type { Engine } from "../mvcc/engine.js";
import type { KeySpan } from "../key-span.js";
import type { RawData } from "../raw/raw-data.js";
import type { KeyForm } from "../region/key-form.js";
import type { RegionMap } from "../region/region-map.js";
import type { Region } from "../region/region.js";
import type { ReplyOf, RequestOf, StoreRpc } from "../rpc/methods.js";

/** v1: raw values live for ever. v1ttl and v2: they may expire. v2: keys belong to keyspaces. */
export type ApiVersion = "v1" | "v1ttl" | "v2";

/** What the stores of a cluster share. */
export interface ClusterState {
  readonly engine: Engine;
  readonly raw: RawData;
  readonly regions: RegionMap;
  readonly clock: TestClock;
  readonly apiVersion: ApiVersion;
}

/** What a command is run with, once its region is known to take it. */
export interface CommandScope {
  readonly state: ClusterState;
  readonly storeId: bigint;
  readonly region: Region;
  readonly form: KeyForm;
  /** The keys of the region. */
  readonly span: KeySpan;
}

/** How one command of a store is checked and run. */
export interface Command<Name extends StoreRpc> {
  /** Which data its keys are of. */
  readonly data: "txn" | "raw";
  /** Keys that must lie in the region. */
  keys(request: RequestOf<Name>): readonly Uint8Array[];
  run(scope: CommandScope, request: RequestOf<Name>): ReplyOf<Name> | Promise<ReplyOf<Name>>;
}
