import type { Aligner, FrameSink } from "../align/aligner.js";
import { createAligner } from "../align/create-aligner.js";
import { MappingAccount, type GapPolicy } from "../align/mapping-account.js";
import type { TimeGrid } from "../align/time-grid.js";
import type { LerobotConfig } from "../config/lerobot-config.js";
import type { Sample } from "./sample.js";
import type { TopicReport } from "./topic-report.js";

type Mapping = LerobotConfig["mappings"][number];

/** What a mapping's frames are written to. */
export interface TrackSink extends FrameSink<Sample> {
  /** Told of the topic's first message before any frame. */
  prepare(first: Sample): void;
  /** All frames have been written. */
  finish(): unknown;
}

/** By default a camera may stand still for this many frames. */
const DEFAULT_IMAGE_AGE_FRAMES = 10;

/** One mapping at work: its messages in order of time become its feature's frames. */
export class Track {
  readonly mapping: Mapping;
  readonly #account: MappingAccount<Sample>;
  readonly #aligner: Aligner<Sample>;
  readonly #sink: TrackSink;
  #messages = 0;

  constructor(mapping: Mapping, grid: TimeGrid, sink: TrackSink) {
    this.mapping = mapping;
    this.#sink = sink;
    this.#account = new MappingAccount(gapPolicy(mapping, grid.fps), grid, sink);
    this.#aligner = createAligner(mapping.sync, grid, this.#account);
  }

  /** Frames decided so far, from the first on. */
  get decided(): number {
    return this.#aligner.decided;
  }

  push(sample: Sample): void {
    if (this.#messages++ === 0) this.#sink.prepare(sample);
    this.#aligner.push(sample);
  }

  /** No message follows. */
  finish(): void {
    this.#aligner.finish();
    this.#sink.finish();
  }

  /** @param messages of the topic in the recording */
  report(messages: number): TopicReport {
    return this.#account.report(messages);
  }
}

function gapPolicy(mapping: Mapping, fps: number): GapPolicy {
  const { topic, feature, optional, on_gap: onGap } = mapping;
  const isImage = mapping.mapping_type === "image";
  const defaultAge = isImage ? (DEFAULT_IMAGE_AGE_FRAMES * 1000) / fps : undefined;
  const ageMs = mapping.max_age_ms ?? defaultAge;
  return {
    topic,
    feature,
    maxAge: ageMs === undefined ? undefined : ageMs * 1e6,
    missing: optional ? "fill" : "fail",
    // An optional topic that fell silent is as absent as one that has not begun.
    stale: onGap === "repeat" ? "repeat" : optional ? "fill" : "fail",
  };
}
