import type { RegionReply } from "../command/command.js";
import type { PairList } from "../command/pair-list.js";
import type { KeyError } from "../gen/kvrpcpb_pb.js";
import { FieldReader } from "../wire/field-reader.js";
import { readKeyError, readRegionError } from "./errors.js";
import { LazyPairs } from "./pair-list.js";

export interface PairsReply extends RegionReply {
  /** About the whole request. */
  readonly error?: KeyError | undefined;
  readonly pairs: PairList;
}

/** Replies that differ in the number of their error field only; the pairs are field 2. */
export function decodePairs(bytes: Uint8Array, errorField: number | undefined): PairsReply {
  const reader = new FieldReader(bytes);
  const pairs = new LazyPairs(bytes);
  let regionError;
  let error;
  while (reader.next()) {
    if (reader.field === 2) pairs.add(reader);
    else if (reader.field === 1) regionError = readRegionError(reader.view());
    else if (reader.field === errorField) error = readKeyError(reader.view());
    else reader.skip();
  }
  return { regionError, error, pairs };
}
