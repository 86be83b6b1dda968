import type { MachineKind } from "../fleet/fleet.js";
import type { Random } from "../random.js";

/** Three machines that do everything, or two of each role. */
export function finalizersApart(random: Random): readonly MachineKind[] {
  if (random.chance(0.5)) return [{}, {}, {}];
  const roles = ["worker", "worker", "finalizer", "finalizer"] as const;
  return roles.map((role) => ({ role }));
}
