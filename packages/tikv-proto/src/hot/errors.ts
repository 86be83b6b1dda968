import { fromBinary } from "@bufbuild/protobuf";
import { ErrorSchema, type Error as RegionError } from "../gen/errorpb_pb.js";
import { KeyErrorSchema, type KeyError } from "../gen/kvrpcpb_pb.js";

// Errors are rare and deep: the generated codec reads them.

export function readRegionError(bytes: Uint8Array): RegionError {
  return fromBinary(ErrorSchema, bytes);
}

export function readKeyError(bytes: Uint8Array): KeyError {
  return fromBinary(KeyErrorSchema, bytes);
}
