import { StorageError } from "@roboflow/storage";
import { DatasetInfo } from "../assemble/dataset-info.js";
import type { DatasetReader } from "../files/dataset-reader.js";
import { DatasetError } from "../error.js";

const INFO_PATH = "meta/info.json";

/** @throws DatasetError `ERR_ROBOFLOW_DATASET_INVALID` if there is no LeRobot v3.0 dataset */
export async function readInfo(files: DatasetReader): Promise<DatasetInfo> {
  const path = `${files.name.replace(/\/$/, "")}/${INFO_PATH}`;
  const none = (problem: string, cause: unknown): DatasetError =>
    new DatasetError(
      "ERR_ROBOFLOW_DATASET_INVALID",
      `${files.name} holds no LeRobot dataset: ${path} ${problem}`,
      { cause, hint: "Give the directory that holds `meta/` and `data/`." },
    );
  let content: Uint8Array;
  try {
    content = await files.read(INFO_PATH);
  } catch (error) {
    const isAbsent =
      error instanceof StorageError && error.code === "ERR_ROBOFLOW_STORAGE_NOT_FOUND";
    throw isAbsent ? none("is not there", error) : error;
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(content));
  } catch (cause) {
    throw none("is not JSON", cause);
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
