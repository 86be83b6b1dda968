import type { Error as RegionError } from "../gen/errorpb_pb.js";

/** What every reply of a region holds: set when the region did not take the request. */
export interface RegionReply {
  readonly regionError?: RegionError | undefined;
}

/**
 * One command of service `tikvpb.Tikv`. Its request travels as two parts, because the context
 * changes with the region while the body does not: protobuf allows fields in any order, and
 * `context` is field 1 of every request.
 */
export interface Command<Request, Reply> {
  /** The method's name, e.g. `KvGet`. */
  readonly rpc: string;
  /** Its number in the oneof of a batched request and reply; undefined: only as a unary call. */
  readonly batchField: number | undefined;
  /** The request without its context, in protobuf. */
  encode(request: Request): Uint8Array;
  /** @throws Error when the bytes are no such message. `bytes` may be kept by what is returned. */
  decode(bytes: Uint8Array): Reply;
}
