import type { RawMessage, Recording } from "@roboflow/sources";
import type { Timed } from "../align/aligner.js";
import { describeTime } from "../align/describe-time.js";
import type { TimeGrid } from "../align/time-grid.js";
import { DatasetError } from "../error.js";
import { headerStamp } from "./fields/message-time.js";

/** Which time places a message: when it was recorded, or its `header.stamp`. */
export type Clock = "log" | "header";

/** A message on its way to frames; decoded at most once, by log time only if a frame takes it. */
export class Sample implements Timed {
  /** Nanoseconds from the episode's first frame. */
  readonly time: number;
  readonly #recording: Pick<Recording, "decode">;
  readonly #message: RawMessage;
  #decoded: { readonly value: unknown } | undefined;

  /** @throws DatasetError `ERR_ROBOFLOW_DATASET_FIELD` if the clock is `header` and there is no stamp */
  constructor(
    recording: Pick<Recording, "decode">,
    message: RawMessage,
    grid: TimeGrid,
    clock: Clock,
  ) {
    this.#recording = recording;
    this.#message = message;
    this.time = grid.offsetOf(
      clock === "log" ? message.logTime : requireStamp(this.value, message),
    );
  }

  get topic(): string {
    return this.#message.topic;
  }

  /** Nanoseconds since the epoch; what errors name, whichever clock the dataset uses. */
  get logTime(): bigint {
    return this.#message.logTime;
  }

  get value(): unknown {
    this.#decoded ??= { value: this.#recording.decode(this.#message) };
    return this.#decoded.value;
  }
}

/**
 * The stamp in a message's header, nanoseconds since the epoch.
 * @throws DatasetError `ERR_ROBOFLOW_DATASET_FIELD` if it is missing or unset (zero)
 */
export function requireStamp(value: unknown, message: RawMessage): bigint {
  const stamp = headerStamp(value);
  if (stamp !== undefined) return stamp;
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_FIELD",
    `topic ${message.topic} at ${describeTime(message.logTime)}: the message has no \`header.stamp\`, or it is zero`,
    { hint: 'Set `time = "log"` in [dataset] to use the time of recording.' },
  );
}
