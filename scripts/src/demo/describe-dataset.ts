import type { DatasetSummary } from "./expected.js";

/** A dataset for people, and how to load it. */
export function describeDataset(
  { version, episodes, frames, fps, features }: DatasetSummary,
  { title, directory }: { readonly title: string; readonly directory: string },
): string {
  const width = Math.max(...Object.keys(features).map((name) => name.length));
  const rows = Object.entries(features).map(
    ([name, { dtype, shape }]) =>
      `  ${name.padEnd(width)}  ${dtype.padEnd(7)}  ${shape.join(" x ")}`,
  );
  return `
LeRobot ${version} dataset: ${title}
${episodes} episodes, ${frames} frames at ${fps} fps, every one checked
Features:
${rows.join("\n")}

To load it in Python:
  from lerobot.datasets.lerobot_dataset import LeRobotDataset
  dataset = LeRobotDataset("local/pick", root="${directory}")
  print(len(dataset), dataset[0]["observation.state"])`;
}
