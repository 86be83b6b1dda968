import { cameras, dataFileOf, videoFileOf, type OpenedDataset } from "./opened-dataset.js";
import type { Report } from "./problem.js";

/** Every file that an episode names is there, and no other. */
export async function checkFiles(dataset: OpenedDataset, report: Report): Promise<void> {
  const { files, episodes, info } = dataset;
  const data = new Set(episodes.map((entry) => dataFileOf(dataset, entry)));
  const videos = new Set<string>();
  for (const camera of cameras(info)) {
    for (const { videos: placed } of episodes) {
      const place = placed.get(camera);
      if (place !== undefined) videos.add(videoFileOf(dataset, camera, place.slot));
    }
  }
  await compare("data", data);
  await compare("videos", videos);

  async function compare(below: string, wanted: ReadonlySet<string>): Promise<void> {
    const found = new Set((await files.list(below)).map(({ path }) => path));
    for (const file of wanted) {
      if (found.has(file)) continue;
      report({ code: "file-missing", severity: "error", file, message: `${file} is missing` });
    }
    for (const file of found) {
      if (wanted.has(file)) continue;
      const isRead = file.endsWith(".parquet");
      const severity = isRead ? "error" : "warning";
      const message = `${file} belongs to no episode${isRead ? ", but would be read" : ""}`;
      report({ code: "file-foreign", severity, file, message });
    }
  }
}
