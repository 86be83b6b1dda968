import type { MessageInitShape } from "@bufbuild/protobuf";
import type { errorpb, kvrpcpb } from "@roboflow/tikv-proto";
import { contains, leaderOf, peerOn, regionMeta, type Region } from "./region.js";
import type { RegionMap } from "./region-map.js";

export type RegionErrorInit = MessageInitShape<typeof errorpb.ErrorSchema>;

export type ContextCheck =
  | { readonly kind: "ok"; readonly region: Region }
  | { readonly kind: "error"; readonly error: RegionErrorInit };

const refused = (error: RegionErrorInit): ContextCheck => ({ kind: "error", error });

/** Finds the region a request is for, or tells what the client has wrong, in TiKV's order. */
export function checkContext(
  regions: RegionMap,
  storeId: bigint,
  context: kvrpcpb.Context | undefined,
): ContextCheck {
  const id = context?.regionId ?? 0n;
  const requested = context?.peer?.storeId ?? 0n;
  if (requested !== storeId) {
    return refused({
      message: `store not match, request to store ${requested} reached ${storeId}`,
      storeNotMatch: { requestStoreId: requested, actualStoreId: storeId },
    });
  }
  const region = regions.byId(id);
  const peer = region === undefined ? undefined : peerOn(region, storeId);
  if (region === undefined || peer === undefined) {
    return refused({ message: `region ${id} not found`, regionNotFound: { regionId: id } });
  }
  if (region.leaderStoreId !== storeId) {
    const leader = leaderOf(region);
    return refused({
      message: `peer is not leader for region ${id}`,
      notLeader: {
        regionId: id,
        ...(leader === undefined ? {} : { leader: { id: leader.id, storeId: leader.storeId } }),
      },
    });
  }
  if (context?.peer?.id !== peer.id) {
    return refused({
      message: `mismatch peer id of region ${id}`,
      mismatchPeerId: { requestPeerId: context?.peer?.id ?? 0n, storePeerId: peer.id },
    });
  }
  const epoch = context.regionEpoch;
  if (epoch?.version !== region.version || epoch.confVer !== region.confVer) {
    const sibling = regions.before(region);
    return refused({
      message: `epoch of region ${id} is ${region.version}, request has ${epoch?.version ?? 0n}`,
      epochNotMatch: {
        // The neighbour may be what was split off: it saves the client a question to PD.
        currentRegions: [region, ...(sibling === undefined ? [] : [sibling])].map(regionMeta),
      },
    });
  }
  return { kind: "ok", region };
}

/** @param bounds where the keys of a request lie */
export function checkBounds(
  region: Region,
  keys: readonly { readonly key: Uint8Array; readonly bound: Uint8Array }[],
): RegionErrorInit | undefined {
  const outside = keys.find(({ bound }) => !contains(region, bound));
  return outside === undefined
    ? undefined
    : {
        message: `key is not in region ${region.id}`,
        keyNotInRegion: {
          key: outside.key,
          regionId: region.id,
          startKey: region.startKey,
          endKey: region.endKey,
        },
      };
}
