/** Boxes that hold boxes and nothing else (ISO/IEC 14496-12). */
const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl", "edts", "mvex", "moof"]);

export interface Mp4Box {
  /** From the outermost to its own type, e.g. `moov/trak/mdia/mdhd`. */
  path: string;
  body: Buffer;
}

/** Every box of the file in file order. */
export function mp4Boxes(data: Buffer, parent = ""): Mp4Box[] {
  const boxes: Mp4Box[] = [];
  for (let at = 0; at + 8 <= data.length;) {
    const type = data.toString("latin1", at + 4, at + 8);
    const end = at + data.readUInt32BE(at);
    if (end < at + 8) throw new Error(`box ${parent}${type} has no size`);
    const body = data.subarray(at + 8, end);
    boxes.push({ path: parent + type, body });
    if (CONTAINERS.has(type)) boxes.push(...mp4Boxes(body, `${parent}${type}/`));
    at = end;
  }
  return boxes;
}
