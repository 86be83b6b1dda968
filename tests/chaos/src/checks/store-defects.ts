import { checkStore, type KvStore } from "@roboflow/distributed";

/** Where the records and indices of a store disagree, as `roboflow doctor` sees it. */
export async function storeDefects(store: KvStore): Promise<string[]> {
  const { findings } = await checkStore(store);
  return findings.map(({ key, problem }) => `${key}: ${problem}`);
}
