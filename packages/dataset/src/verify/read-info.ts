import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatasetInfo } from "../assemble/dataset-info.js";
import { DatasetError } from "../error.js";

const INFO_PATH = "meta/info.json";

/** @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if there is no LeRobot v3.0 dataset */
export async function readInfo(directory: string): Promise<DatasetInfo> {
  const path = join(directory, INFO_PATH);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new DatasetError(
      "ERR_ROBOFLOW_DATASET_INVALID",
      `${directory} holds no LeRobot dataset: ${path} ${cause instanceof SyntaxError ? "is not JSON" : "can't be read"}`,
      { cause, hint: "Give the directory that holds `meta/` and `data/`." },
    );
  }
  const parsed = DatasetInfo.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DatasetError(
    "ERR_ROBOFLOW_DATASET_INVALID",
    `${path}: \`${issue?.path.join(".") ?? ""}\`: ${issue?.message ?? "invalid"}`,
    { cause: parsed.error, hint: "Only LeRobot v3.0 datasets can be read." },
  );
}
