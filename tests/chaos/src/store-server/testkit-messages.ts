import type { ClusterControl, CommitWatch } from "./store-server.js";

/** A method of the cluster's control, called in its process. */
export interface ControlCall {
  readonly id: number;
  readonly method: keyof (ClusterControl & CommitWatch);
  readonly args: readonly (string | number)[];
}

/** What the process says: first where PD is, then an answer to each call. */
export type FromTestkit =
  | { readonly type: "ready"; readonly endpoints: readonly string[] }
  | {
      readonly type: "answer";
      readonly id: number;
      readonly value: unknown;
      readonly error?: string;
    };
