import type { Aligner, FrameSink, Sync, Timed } from "./aligner.js";
import { LinearAligner } from "./linear-aligner.js";
import { StepAligner } from "./step-aligner.js";
import type { TimeGrid } from "./time-grid.js";

/** The aligner of a mapping; `sink` hears of every frame of `grid`. */
export function createAligner<M extends Timed>(
  sync: Sync,
  grid: TimeGrid,
  sink: FrameSink<M>,
): Aligner<M> {
  return sync === "linear" ? new LinearAligner(grid, sink) : new StepAligner(sync, grid, sink);
}
