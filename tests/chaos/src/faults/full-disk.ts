import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_SERVERS, type Fault } from "./fault.js";

/** Runs a command where the scratch directory is a disk of this many KiB. */
function onSmallDisk(kib: number): [string, ...string[]] {
  // Only the processes below see it, so nothing needs to be unmounted.
  const script = `mount -t tmpfs -o size=${kib}k tmpfs "$TMPDIR" && exec "$@"`;
  return ["unshare", "--map-root-user", "--user", "--mount", "sh", "-c", script, "sh"];
}

/** Whether this machine lets its users mount a disk of their own. */
function canMountDisks(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "chaos-disk-"));
  const [command, ...args] = [...onSmallDisk(64), "true"];
  const env = { ...process.env, TMPDIR: directory };
  const { status } = spawnSync(command, args, { env, stdio: "ignore" });
  rmdirSync(directory);
  return status === 0;
}

export const fullDisk: Fault = {
  name: "full-disk",
  about: "two of three machines have hardly any scratch space: what fails there succeeds elsewhere",
  servers: ALL_SERVERS,
  // Recordings and artifacts on a local disk need no scratch space.
  sites: ["s3"],
  lacks: () => (canMountDisks() ? undefined : "users may not mount disks here"),
  machines: (random) => [
    {},
    { wrapper: onSmallDisk(random.between(4, 60)) },
    { wrapper: onSmallDisk(random.between(4, 200)) },
  ],
  mayEndIn: /no space left|disk is full/,
  inflict: async () => {},
};
