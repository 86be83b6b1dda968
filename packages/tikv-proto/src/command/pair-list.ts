import type { KeyError } from "../gen/kvrpcpb_pb.js";

/** The pairs of a scan's or batch get's reply, read when they are asked for. */
export interface PairList {
  readonly length: number;
  /** A view of the reply: whoever keeps it keeps the whole reply. */
  key(index: number): Uint8Array;
  value(index: number): Uint8Array;
  /** Set instead of a value, for a pair that could not be read. */
  error(index: number): KeyError | undefined;
}
