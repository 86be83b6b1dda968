import type { Label, State } from "./state.js";
import type { ModelTransaction } from "./transaction.js";

/** One transaction of the protocol: reads a snapshot, then commits or fails. */
export interface Operation {
  readonly label: Label;
  /** Its actor can end not knowing of the commit. */
  readonly losesAnswer?: boolean;
  /**
   * What it reads and writes. The function that it returns is what the actor does with the answer.
   * @throws Refused if it ends without a commit
   */
  run(tx: ModelTransaction): ((state: State) => State) | void;
}

/** What happens outside of the store: in a process, to it, or to the output. */
export interface Event {
  readonly label: Label;
  readonly after: State;
}
