import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chmod, chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where Debian puts one directory a version. */
const DEBIAN = "/usr/lib/postgresql";
const PORT = 54_329;
const READY_MS = 20_000;

export type FoundPostgres =
  | { readonly kind: "found"; readonly bin: string; readonly version: string }
  | { readonly kind: "missing"; readonly reason: string };

export function findPostgres(): FoundPostgres {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort() : [];
  const bin = versions
    .map((version) => join(DEBIAN, version, "bin"))
    .findLast((directory) => existsSync(join(directory, "initdb")));
  if (bin === undefined) return { kind: "missing", reason: `there is no PostgreSQL in ${DEBIAN}` };
  if (process.getuid?.() === 0 && serverUser() === undefined) {
    return {
      kind: "missing",
      reason: "PostgreSQL refuses to run as root, and there is no other user",
    };
  }
  const { stdout } = spawnSync(join(bin, "postgres"), ["--version"], { encoding: "utf8" });
  return { kind: "found", bin, version: stdout.trim() };
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The user that the server runs as when we are root. */
function serverUser(): User | undefined {
  for (const name of ["postgres", "nobody"]) {
    const ask = (flag: string): number =>
      Number.parseInt(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout, 10);
    const [uid, gid] = [ask("-u"), ask("-g")];
    if (!Number.isNaN(uid) && !Number.isNaN(gid)) return { uid, gid };
  }
  return undefined;
}

/** A PostgreSQL server of its own as Debian configures it: every commit is on disk. */
export class Postgres implements AsyncDisposable {
  readonly port = PORT;

  private constructor(
    /** Directory of the Unix socket. */
    readonly socket: string,
    private readonly server: ChildProcess,
  ) {}

  /** @param directory new; the server's data lie on its file system */
  static async start(bin: string, directory: string): Promise<Postgres> {
    await mkdir(directory);
    const user = process.getuid?.() === 0 ? serverUser() : undefined;
    if (user) {
      await chown(directory, user.uid, user.gid);
      await chmod(directory, 0o700);
    }
    const data = join(directory, "data");
    const init = spawnSync(
      join(bin, "initdb"),
      ["-D", data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8"],
      { ...user, cwd: directory, encoding: "utf8" },
    );
    if (init.status !== 0) throw new Error(`initdb: ${init.stderr}`);
    const server = spawn(
      join(bin, "postgres"),
      ["-D", data, "-k", directory, "-p", String(PORT), "-c", "listen_addresses="],
      { ...user, cwd: directory, stdio: "ignore" },
    );
    const postgres = new Postgres(directory, server);
    await postgres.#ready(bin);
    return postgres;
  }

  async #ready(bin: string): Promise<void> {
    const end = Date.now() + READY_MS;
    while (Date.now() < end && this.server.exitCode === null) {
      const args = ["-h", this.socket, "-p", String(PORT), "-q"];
      if (spawnSync(join(bin, "pg_isready"), args).status === 0) return;
      await sleep(100);
    }
    throw new Error("PostgreSQL did not start");
  }

  /** Fast shutdown. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.server.exitCode !== null) return;
    const exited = once(this.server, "exit");
    this.server.kill("SIGINT");
    await exited;
  }
}
