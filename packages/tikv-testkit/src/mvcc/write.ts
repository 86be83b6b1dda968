/** A record of what became of one transaction on one key. A rollback's `commitTs` is its `startTs`. */
export interface Write {
  readonly kind: "put" | "delete" | "lock" | "rollback";
  readonly startTs: bigint;
  readonly commitTs: bigint;
  /** Of a put only. */
  readonly value: Uint8Array | undefined;
  /** The transaction that started at `commitTs` was rolled back: its record would have been here. */
  readonly overlappedRollback: boolean;
  /** A rollback that a later one must not replace. */
  readonly isProtected: boolean;
}

export function rollbackRecord(startTs: bigint, isProtected: boolean): Write {
  return {
    kind: "rollback",
    startTs,
    commitTs: startTs,
    value: undefined,
    overlappedRollback: false,
    isProtected,
  };
}

/** Whether the record says that the transaction that started at `startTs` was rolled back. */
export function rollsBack(write: Write, startTs: bigint): boolean {
  return write.commitTs === startTs && (write.kind === "rollback" || write.overlappedRollback);
}
