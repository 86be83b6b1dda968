import { DEFAULT_FEATURES } from "../assemble/dataset-features.js";
import { cameras, type OpenedDataset } from "./opened-dataset.js";
import type { Report } from "./problem.js";

const INFO = "meta/info.json";

/** Totals and features of `meta/info.json`. */
export function checkInfo({ info, episodes, tasks }: OpenedDataset, report: Report): void {
  const wrong = (what: string, got: unknown, want: unknown): void => {
    if (got === want) return;
    const message = `${what} is ${JSON.stringify(got)}, but ${JSON.stringify(want)} is there`;
    report({ code: "count", severity: "error", file: INFO, message });
  };
  const frames = episodes.reduce((sum, { length }) => sum + length, 0);
  wrong("total_episodes", info.total_episodes, episodes.length);
  wrong("total_frames", info.total_frames, frames);
  wrong("total_tasks", info.total_tasks, tasks.length);
  wrong("splits.train", info.splits["train"], `0:${episodes.length}`);
  if (cameras(info).length > 0 && info.video_path === null) {
    report({ code: "info", severity: "error", file: INFO, message: "video_path is null" });
  }
  for (const { name, dtype } of DEFAULT_FEATURES) {
    const found = info.features[name];
    if (found?.dtype === dtype && String(found.shape) === "1") continue;
    const message = `feature ${name} must be ${dtype} of shape [1]`;
    report({ code: "info", severity: "error", file: INFO, feature: name, message });
  }
  for (const [feature, { shape, names }] of Object.entries(info.features)) {
    if (feature.includes("/")) {
      const message = `feature name ${feature} holds a "/"`;
      report({ code: "info", severity: "error", file: INFO, feature, message });
    }
    if (shape.length === 1 && Array.isArray(names) && names.length !== shape[0]) {
      const message = `${feature} has ${names.length} names for ${shape[0]} elements`;
      report({ code: "info", severity: "error", file: INFO, feature, message });
    }
  }
}
