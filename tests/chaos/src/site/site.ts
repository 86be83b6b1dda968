import type { Storage } from "@roboflow/storage";
import type { FaultRule } from "@roboflow/s3-testkit";

export const SITE_KINDS = ["local", "s3"] as const;
export type SiteKind = (typeof SITE_KINDS)[number];

/** An object store that goes wrong on command. */
export interface ObjectStoreControl {
  /** Adds a rule. */
  inflict(rule: FaultRule): Promise<void>;
  /** Nothing goes wrong any more. @returns how many requests a rule has acted on */
  calm(): Promise<number>;
  /** Multipart uploads that nobody has completed or aborted, by key. */
  unfinishedUploads(): Promise<readonly string[]>;
}

/** Where the recordings of a scenario lie, and its dataset goes. */
export type Site = AsyncDisposable & {
  /** What every process needs to reach it. */
  readonly env: NodeJS.ProcessEnv;
  /** URLs of the recordings, in the order in which they are submitted. */
  readonly recordings: readonly string[];
  /** Ends with a slash. */
  readonly outputUrl: string;
  /** The harness's own view of it. */
  readonly storage: Storage;
} & ({ readonly kind: "local" } | { readonly kind: "s3"; readonly control: ObjectStoreControl });
