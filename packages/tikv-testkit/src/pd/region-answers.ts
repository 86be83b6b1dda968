import { compareBytes, type pdpb } from "@roboflow/tikv-proto";
import { contains, leaderOf, regionMeta, type Peer, type Region } from "../region/region.js";

/** The fields that PD's messages about one region share. */
export interface RegionAnswer {
  readonly region: ReturnType<typeof regionMeta>;
  readonly leader?: Peer;
}

/** A region as PD answers with it. */
export function regionAnswer(region: Region): RegionAnswer {
  const leader = leaderOf(region);
  return { region: regionMeta(region), ...(leader === undefined ? {} : { leader }) };
}

/** Regions that overlap a range. An empty `endKey`: to the last; `limit` 0 or less: all. */
export function scanRegions(
  regions: readonly Region[],
  range: { readonly startKey: Uint8Array; readonly endKey: Uint8Array },
  limit: number,
): readonly Region[] {
  const found = regions.filter((region) => {
    const endsBefore = region.endKey.length > 0 && compareBytes(region.endKey, range.startKey) <= 0;
    const startsAfter = range.endKey.length > 0 && compareBytes(region.startKey, range.endKey) >= 0;
    return !endsBefore && !startsAfter;
  });
  return limit > 0 ? found.slice(0, limit) : found;
}

/** Regions of several ranges in turn, each region once. */
export function batchScanRegions(
  regions: readonly Region[],
  ranges: readonly pdpb.KeyRange[],
  limit: number,
): readonly Region[] {
  const found = new Set(ranges.flatMap((range) => scanRegions(regions, range, 0)));
  return limit > 0 ? [...found].slice(0, limit) : [...found];
}

export function findRegion(regions: readonly Region[], bound: Uint8Array): Region | undefined {
  return regions.find((region) => contains(region, bound));
}

/** The region before that of a bound. */
export function findPrevious(regions: readonly Region[], bound: Uint8Array): Region | undefined {
  const index = regions.findIndex((region) => contains(region, bound));
  return index > 0 ? regions[index - 1] : undefined;
}
