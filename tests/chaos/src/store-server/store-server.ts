/** What stores a fleet may run on. */
export const SERVER_KINDS = ["testkit", "go", "lmdb"] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** A cluster whose servers fail on command. */
export interface ClusterControl {
  /** Cuts the region of a key in two before it. @returns false if one begins there already */
  split(key: string): Promise<boolean>;
  /** The next store answers for the region of a key from now on. */
  moveLeader(key: string): Promise<void>;
  /** Cuts all connections to the stores and refuses new ones. */
  stopStores(): Promise<void>;
  startStores(): Promise<void>;
  /** Stops the member of PD that leads; another takes over if there is one. */
  stopPdLeader(): Promise<void>;
  /** Starts what members of PD are stopped. */
  startPd(): Promise<void>;
  /** From now on about one of `oneOf` commits is done without an answer; 0: none. @returns how many were until now */
  loseCommitAnswers(oneOf: number): Promise<number>;
}

/** A cluster that can be asked to wait for an instant. */
export interface CommitWatch {
  /**
   * Waits until so many further commits have arrived. The last of them is done after `holdMs`
   * milliseconds, so that who sent it can be dead by then; 0: at once.
   */
  waitForCommits(count: number, holdMs: number): Promise<void>;
}

/** A store of a scenario's own. */
export type StoreServer = AsyncDisposable & { readonly url: string } & (
    | { readonly kind: "lmdb" }
    | { readonly kind: "testkit"; readonly control: ClusterControl & CommitWatch }
    | { readonly kind: "go"; readonly control: ClusterControl }
  );
