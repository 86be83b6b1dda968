/** What the bench asks of one of its processes; each is answered by one message. */
export type Ask =
  /** Opens a queue by its address and keeps it open. */
  | { readonly kind: "open"; readonly queue: string; readonly loops: number }
  | { readonly kind: "submit"; readonly queue: string; readonly jobs: number }
  /** Claims and completes in so many loops at once until nothing is left. */
  | { readonly kind: "drain"; readonly queue: string; readonly loops: number };

export type Answer =
  | { readonly kind: "opened" }
  /** Milliseconds. */
  | { readonly kind: "submitted"; readonly ms: number }
  | { readonly kind: "drained"; readonly claimMs: readonly number[]; readonly conflicts: number }
  | { readonly kind: "failed"; readonly reason: string };
