/** Where an LMDB store stands; one record, read and written with every commit. */
export interface StoreState {
  /** Commits so far. */
  readonly sequence: number;
  /** The highest time that a commit has seen, milliseconds since the epoch. */
  readonly time: number;
}

export const STATE_KEY = Buffer.from("state");

/** Two doubles: whole numbers stay exact up to 2^53. */
export function encodeState({ sequence, time }: StoreState): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeDoubleBE(sequence, 0);
  bytes.writeDoubleBE(time, 8);
  return bytes;
}

export function decodeState(bytes: Uint8Array | undefined): StoreState {
  if (bytes === undefined) return { sequence: 0, time: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { sequence: view.getFloat64(0), time: view.getFloat64(8) };
}
