import type { CallOptions } from "@roboflow/storage";

/** A batch that an output may be reserved for, outside of the store. */
export interface OutputReservation {
  /** Directory URL of the dataset. */
  readonly outputUrl: string;
  readonly storeUrl: string;
  readonly storeId: string;
  readonly batchId: string;
}

/**
 * Frees an output that was reserved for a batch and that nothing was published to; leaves any other
 * as it is. Injected, as publishing is.
 */
export type ReleaseOutput = (reservation: OutputReservation, options: CallOptions) => Promise<void>;
