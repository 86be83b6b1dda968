/** One topic (channel) of a recording. Times are nanoseconds since the epoch, by log time. */
export interface TopicInfo {
  readonly topic: string;
  /** Message type, e.g. `sensor_msgs/msg/JointState`. */
  readonly schemaName: string;
  /** e.g. `ros2msg`. */
  readonly schemaEncoding: string;
  /** e.g. `cdr`. */
  readonly messageEncoding: string;
  /** Exact: counted from the index, or by a first pass where there is none. */
  readonly messageCount: number;
  /** Undefined if the topic has no message. */
  readonly firstLogTime: bigint | undefined;
  readonly lastLogTime: bigint | undefined;
}

/** A message as recorded; `data` is decoded by `Recording.decode` only when it is needed. */
export interface RawMessage {
  readonly topic: string;
  readonly channelId: number;
  readonly sequence: number;
  /** Nanoseconds since the epoch. */
  readonly logTime: bigint;
  readonly publishTime: bigint;
  readonly data: Uint8Array;
}

/** Something a reader of the recording must know though reading goes on (e.g. it is truncated). */
export interface RecordingWarning {
  readonly code: "truncated" | "salvaged" | "no-index";
  readonly message: string;
}

export interface ReadOptions {
  /** Only these topics are decompressed, read and yielded; all if left out. */
  readonly topics?: Iterable<string>;
  /** Inclusive bounds of log time, nanoseconds. */
  readonly startTime?: bigint;
  readonly endTime?: bigint;
  readonly signal?: AbortSignal;
}

/** An open recording. Memory is bounded by its chunks, not by its length. */
export interface Recording extends AsyncDisposable {
  readonly url: string;
  /** e.g. `mcap`. */
  readonly format: string;
  readonly topics: ReadonlyMap<string, TopicInfo>;
  readonly warnings: readonly RecordingWarning[];
  /** Names of metadata and attachment records, for `inspect`. */
  readonly metadata: readonly string[];
  readonly attachments: readonly string[];
  /** Messages in order of log time; equal times in file order. May be called again. */
  messages(options?: ReadOptions): AsyncIterable<RawMessage>;
  /**
   * The message as plain object, arrays and typed arrays, by its schema. Byte arrays are views
   * into `message.data`.
   * @throws SourceError `ERR_ROBOFLOW_SOURCE_DECODE`
   */
  decode(message: RawMessage): unknown;
  close(): Promise<void>;
}
