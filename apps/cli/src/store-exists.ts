import { stat } from "node:fs/promises";

/** Whether a store is there before it is opened: opening makes what is missing. */
export async function storeExists(url: string): Promise<boolean> {
  const path = /^lmdb:(.+)$/.exec(url)?.[1];
  if (path === undefined) return true;
  return stat(path).then(
    () => true,
    () => false,
  );
}
