/** Files in one chunk directory: LeRobot's `chunks_size`. */
export const CHUNKS_SIZE = 1000;

/** As `meta/info.json` has them; lerobot fills them in with Python's `str.format`. */
export const DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet";
export const VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4";

export const MIB = 1024 * 1024;

/** Which of a kind's files: data, one camera's videos and meta/episodes count their own. */
export interface FileSlot {
  readonly chunk: number;
  readonly file: number;
}

export const FIRST_SLOT: FileSlot = { chunk: 0, file: 0 };

export function nextSlot({ chunk, file }: FileSlot): FileSlot {
  return file + 1 < CHUNKS_SIZE ? { chunk, file: file + 1 } : { chunk: chunk + 1, file: 0 };
}

/** Path of a data file, relative to the dataset; `/` separates. */
export function dataPath(slot: FileSlot): string {
  return `data/${slotPath(slot)}.parquet`;
}

export function videoPath(feature: string, slot: FileSlot): string {
  return `videos/${feature}/${slotPath(slot)}.mp4`;
}

export function episodesPath(slot: FileSlot): string {
  return `meta/episodes/${slotPath(slot)}.parquet`;
}

function slotPath({ chunk, file }: FileSlot): string {
  const digits = (index: number) => String(index).padStart(3, "0");
  return `chunk-${digits(chunk)}/file-${digits(file)}`;
}
