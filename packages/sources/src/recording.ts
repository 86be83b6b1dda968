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
  /** Why `decode` can't read its messages, e.g. `ros1msg (ROS 1) messages are not supported yet`. */
  readonly unsupported?: string;
}

/**
 * A message as recorded; `data` is decoded by `Recording.decode` only when it is needed. `data` is a
 * view into the chunk it was read from: copy it to keep it long without keeping the chunk.
 */
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

/** An open recording; the file stays its opener's to close. Memory is bounded by its chunks, not by its length. */
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
  /**
   * The stamp of the `std_msgs/Header` that the message begins with, nanoseconds, read without
   * decoding the rest; undefined if its type has none.
   * @throws SourceError `ERR_ROBOFLOW_SOURCE_DECODE`
   */
  headerStamp(message: RawMessage): bigint | undefined;
  /**
   * The log times of each topic's messages, ascending, from the index where there is one; 8 bytes a
   * message. A topic without messages has an empty array.
   */
  logTimes(options?: ReadOptions): Promise<ReadonlyMap<string, BigUint64Array>>;
  close(): Promise<void>;
}
