/** What is wrong, by what of the store disagrees. */
export type Defect = {
  /** The key that is wrong or missing. */
  readonly key: string;
  /** For people: what is wrong with it. */
  readonly problem: string;
  /** What `fix` does about it; null where that would be a guess. */
  readonly repair: string | null;
} & (
  | { readonly kind: "unreadable" }
  /** A job without one of its index entries, or with another value there. */
  | { readonly kind: "missingEntry"; readonly jobId: string }
  /** An index entry that nothing stands behind. */
  | { readonly kind: "orphanEntry" }
  /** A job whose batch is not in the store. */
  | { readonly kind: "orphanJob"; readonly jobId: string; readonly batchId: string }
  /** A job whose attempts contradict its status. */
  | { readonly kind: "jobState"; readonly jobId: string }
  /** A batch without one of its index entries. */
  | { readonly kind: "missingBatchEntry"; readonly batchId: string }
  | { readonly kind: "batchCount"; readonly batchId: string; readonly found: number }
  /** A batch whose jobs contradict its status. */
  | { readonly kind: "batchState"; readonly batchId: string }
  | { readonly kind: "configMissing"; readonly batchId: string; readonly hash: string }
  /** Two batches that may still publish name one output. */
  | { readonly kind: "sharedOutput"; readonly batchId: string; readonly otherBatchId: string }
);

export type Finding = Defect & { readonly repaired: boolean };

export type FindingKind = Defect["kind"];
