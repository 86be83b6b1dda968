/** Pixel layouts of raw images, as `sensor_msgs/Image` names them: 8 bits a channel, interleaved. */
export type RawEncoding = "rgb8" | "bgr8" | "mono8";

/** One image message: a compressed file in memory, or raw rows of `step` bytes. */
export type ImageMessage =
  | { kind: "compressed"; format: "jpeg" | "png"; data: Uint8Array }
  | {
      kind: "raw";
      encoding: RawEncoding;
      /** Pixels. */
      width: number;
      /** Pixels. */
      height: number;
      /** Bytes from one row to the next; at least width × channels. */
      step: number;
      data: Uint8Array;
    };
