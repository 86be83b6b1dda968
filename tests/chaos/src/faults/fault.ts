import type { MachineKind } from "../fleet/fleet.js";
import type { Program } from "../program/program.js";
import type { Random } from "../random.js";
import type { Scene } from "../run/scene.js";
import type { SiteKind } from "../site/site.js";
import type { ServerKind } from "../store-server/store-server.js";

export const ALL_SERVERS: readonly ServerKind[] = ["testkit", "go", "lmdb"];

/** Something that goes wrong while a fleet works. */
export interface Fault {
  /** As `--fault` takes it. */
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  readonly servers: readonly ServerKind[];
  /** Where recordings and dataset may lie: anywhere if left out. */
  readonly sites?: readonly SiteKind[];
  /** Why this machine can't have it, if so. */
  readonly lacks?: () => string | undefined;
  /** Machines of the fleet; three ordinary ones if left out. */
  readonly machines?: (random: Random, program: Program) => readonly MachineKind[];
  /** Submits the batch, and may decide about it; at once and undisturbed if left out. */
  readonly submit?: (scene: Scene) => Promise<void>;
  /** What the error of a batch says that the fault may let fail; then it is finalized again. */
  readonly mayEndIn?: RegExp;
  /** Does harm until it has done enough or the batch is over (then it may throw). */
  readonly inflict: (scene: Scene) => Promise<void>;
}
