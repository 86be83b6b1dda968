import { isLocalUrl, toPath } from "@roboflow/storage";
import { CliError } from "../error.js";

/** Who will open the paths of a submission. */
export interface Reach {
  readonly storeUrl: string;
  /** Every worker sees the paths of this machine. */
  readonly sharedPath: boolean;
}

/**
 * A store on many machines does not go with paths on one of them, unless somebody says that every
 * worker sees them: each worker would fail, or write its part of the dataset on a disk of its own.
 *
 * @throws CliError `ERR_ROBOFLOW_CLI_USAGE`, naming the path and what to do
 */
export function refuseLocalPath(
  url: string,
  what: "recording" | "output",
  { storeUrl, sharedPath }: Reach,
): void {
  if (sharedPath || !storeUrl.startsWith("tikv:") || !isLocalUrl(url)) return;
  throw new CliError(
    "ERR_ROBOFLOW_CLI_USAGE",
    `the ${what} ${toPath(url)} is a path of this machine, and the store ${storeUrl} is used by others too`,
    {
      hint: "give a URL such as s3://bucket/path; or if every worker sees the path (NFS, one machine): --shared-path, ROBOFLOW_SHARED_PATH=1, or shared_path = true in roboflow.toml",
    },
  );
}
