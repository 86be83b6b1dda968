import { pdpb } from "@roboflow/tikv-proto";
import { collectGarbage } from "../mvcc/collect-garbage.js";
import type { PdRpc, ReplyOf, RequestOf } from "../rpc/methods.js";
import { keyspaceMeta } from "./keyspaces.js";
import type { PdState } from "./pd-state.js";
import {
  batchScanRegions,
  findPrevious,
  findRegion,
  regionAnswer,
  scanRegions,
} from "./region-answers.js";

const { ErrorType, OperatorStatus } = pdpb;

type Handlers = {
  readonly [Name in PdRpc]: (state: PdState, request: RequestOf<Name>) => ReplyOf<Name>;
};

/** How the leader answers. A reply without a header gets that of success. */
export const HANDLERS: Handlers = {
  GetMembers: ({ members }) => {
    const leader = members.leading;
    return { members: members.all, ...(leader === undefined ? {} : { leader }) };
  },
  Tso: ({ oracle }, { count }) => {
    const { physical, logical } = oracle.next(count);
    return { count, timestamp: { physical: BigInt(physical), logical: BigInt(logical) } };
  },
  GetStore: (state, { storeId }) => {
    const store = state.stores().find(({ id }) => id === storeId);
    return store === undefined
      ? failed(state, ErrorType.UNKNOWN, `invalid store ID ${storeId}, not found`)
      : { store };
  },
  GetAllStores: (state) => ({ stores: [...state.stores()] }),
  GetRegion: (state, { regionKey }) => {
    const region = findRegion(state.regions(), regionKey);
    return region === undefined ? {} : regionAnswer(region);
  },
  GetPrevRegion: (state, { regionKey }) => {
    const region = findPrevious(state.regions(), regionKey);
    return region === undefined ? {} : regionAnswer(region);
  },
  GetRegionByID: (state, { regionId }) => {
    const region = state.regions().find(({ id }) => id === regionId);
    return region === undefined ? {} : regionAnswer(region);
  },
  ScanRegions: (state, request) => {
    const regions = scanRegions(state.regions(), request, request.limit).map(regionAnswer);
    return {
      regions,
      // The same once more, in the form of older versions.
      regionMetas: regions.flatMap(({ region }) => (region === undefined ? [] : [region])),
      leaders: regions.map(({ leader }) => leader ?? {}),
    };
  },
  BatchScanRegions: (state, { ranges, limit }) => ({
    regions: batchScanRegions(state.regions(), ranges, limit).map(regionAnswer),
  }),
  GetGCSafePoint: ({ safePoints }) => ({ safePoint: safePoints.gc }),
  UpdateGCSafePoint: ({ safePoints, cluster }, { safePoint }) => {
    const newSafePoint = safePoints.updateGc(safePoint);
    // Stores look for it every few seconds and collect by themselves; here they do so at once.
    const everything = { start: new Uint8Array(0), end: undefined };
    collectGarbage(cluster.engine, everything, newSafePoint);
    return { newSafePoint };
  },
  UpdateServiceGCSafePoint: ({ safePoints }, { serviceId, TTL, safePoint }) => {
    const service = new TextDecoder().decode(serviceId);
    const minimum = safePoints.updateService(service, TTL, safePoint);
    return {
      serviceId: new TextEncoder().encode(minimum.service),
      TTL: minimum.ttlSeconds,
      minSafePoint: minimum.safePoint,
    };
  },
  SplitRegions: ({ cluster }, { splitKeys }) => ({
    finishedPercentage: 100n,
    regionsId: cluster.regions.split(splitKeys).map(({ id }) => id),
  }),
  ScatterRegion: () => ({ finishedPercentage: 100n }),
  GetOperator: (_state, { regionId }) => ({ regionId, status: OperatorStatus.SUCCESS }),
  LoadKeyspace: (state, { name }) => {
    const keyspace = state.keyspaces.get(name);
    return keyspace === undefined
      ? failed(state, ErrorType.ENTRY_NOT_FOUND, `keyspace ${name} does not exist`)
      : { keyspace: keyspaceMeta(keyspace) };
  },
};

function failed({ clusterId }: PdState, type: pdpb.ErrorType, message: string) {
  return { header: { clusterId, error: { type, message } } };
}
