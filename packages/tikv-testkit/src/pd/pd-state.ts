import type { MessageInitShape } from "@bufbuild/protobuf";
import type { metapb } from "@roboflow/tikv-proto";
import type { Region } from "../region/region.js";
import type { ClusterState } from "../store/command.js";
import type { Keyspace } from "./keyspaces.js";
import type { Members } from "./members.js";
import type { SafePoints } from "./safe-points.js";
import type { TimestampOracle } from "./timestamp-oracle.js";

/** What the members of PD share. */
export interface PdState {
  readonly clusterId: bigint;
  readonly members: Members;
  readonly oracle: TimestampOracle;
  readonly safePoints: SafePoints;
  readonly keyspaces: ReadonlyMap<string, Keyspace>;
  readonly cluster: ClusterState;
  /** As PD knows them, which may be behind what the stores know. */
  regions(): readonly Region[];
  stores(): readonly MessageInitShape<typeof metapb.StoreSchema>[];
}
