import type { DecodedFrame } from "../../src/video/decode-video.js";
import { rawImage, type Picture } from "./pictures.js";

/** Counters up to 4095, as 4 x 3 squares of black or white: no codec mistakes one for the other. */
const COLUMNS = 4;
const ROWS = 3;
const SQUARE = 16;
const WIDTH = COLUMNS * SQUARE;

function counterPicture(counter: number): Picture {
  const bitAt = (x: number, y: number) =>
    (counter >> (Math.floor(y / SQUARE) * COLUMNS + Math.floor(x / SQUARE))) & 1;
  return {
    width: WIDTH,
    height: ROWS * SQUARE,
    paint: (x, y) => (bitAt(x, y) === 1 ? [255, 255, 255] : [0, 0, 0]),
  };
}

/** The fields of a `sensor_msgs/Image` that shows `counter`. */
export function counterImage(counter: number, stamp = { sec: 1, nanosec: 0 }) {
  const { encoding, width, height, step, data } = rawImage(counterPicture(counter));
  const header = { stamp, frame_id: "cam" };
  return { header, height, width, encoding, is_bigendian: 0, step, data };
}

/** The counter that a video's frame shows. */
export function readCounter(frame: DecodedFrame): number {
  const luma = frame.pixels();
  let counter = 0;
  for (let bit = 0; bit < COLUMNS * ROWS; bit++) {
    const x = ((bit % COLUMNS) + 0.5) * SQUARE;
    const y = (Math.floor(bit / COLUMNS) + 0.5) * SQUARE;
    if ((luma[y * frame.width + x] ?? 0) > 128) counter |= 1 << bit;
  }
  return counter;
}
