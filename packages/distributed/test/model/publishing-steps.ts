import type { Bug } from "./bugs.js";
import { IDLE, type FinalizerProcess, type Output, type State } from "./state.js";

/** A step of a publisher: what becomes of it and, if it changes it, of the output. */
export interface PublishingStep {
  readonly kind: string;
  readonly change: Partial<FinalizerProcess>;
  readonly output?: Output;
}

/**
 * Publishing, from the commit that lets it begin to the one that ends it. It asks whether it leads
 * and then acts, and can be overtaken in between: so the output itself decides. It changes the
 * dataset only if that is still what it knew, and looks anew only while the marker is its own.
 */
export function* publishingSteps(
  { finalizers, lock, batch, output }: State,
  index: number,
  bugs: ReadonlySet<Bug>,
): Generator<PublishingStep> {
  const process = finalizers[index];
  if (process === undefined) return;
  const { step, token, generation, episodes, known } = process;
  const leads = lock.token === token && batch.status === "Finalizing" && batch.token === token;
  const owns = output.marker.token === token && output.marker.generation === generation;
  const found = output.dataset?.token ?? 0;
  const ask = (next: FinalizerProcess["step"]): PublishingStep => ({
    kind: "stillLeader",
    change: leads ? { step: next } : IDLE,
  });
  switch (step) {
    case "publishing":
      yield ask("mayClaim");
      return;
    case "mayClaim":
      if (isLater(output.marker, process)) {
        yield { kind: "claimOutput", change: IDLE };
      } else {
        const marker = { generation, token };
        yield { kind: "claimOutput", change: { step: "claimed" }, output: { ...output, marker } };
      }
      return;
    case "claimed":
      yield { kind: "lookAtOutput", change: { step: "found", known: found } };
      return;
    case "found":
      yield { kind: "checkClaim", change: owns ? { step: "sure" } : IDLE };
      return;
    case "sure":
      yield ask("mayRemove");
      return;
    case "mayRemove":
      if (known === found || bugs.has("a publisher removes whatever is there")) {
        const change = { step: "removed", known: 0 } as const;
        yield { kind: "remove", change, output: { ...output, dataset: undefined } };
      } else yield { kind: "remove", change: { step: "overtaken" } };
      return;
    case "removed":
      yield ask("mayShow");
      return;
    case "mayShow":
      if (known === found || bugs.has("a publisher replaces whatever is there")) {
        const dataset = { token, episodes };
        yield { kind: "show", change: { step: "shown" }, output: { ...output, dataset } };
      } else yield { kind: "show", change: { step: "overtaken" } };
      return;
    case "overtaken":
      yield { kind: "checkClaim", change: owns ? { step: "claimed" } : IDLE };
      return;
    case "idle":
    case "leading":
    case "looked":
    case "read":
    case "assembling":
    case "shown":
  }
}

function isLater(marker: Output["marker"], { generation, token }: FinalizerProcess): boolean {
  if (marker.generation !== generation) return marker.generation > generation;
  return marker.token > token;
}
