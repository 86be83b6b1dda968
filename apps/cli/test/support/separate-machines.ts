import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { S3TestServer } from "@roboflow/s3-testkit";
import { createStorage } from "@roboflow/storage";
import { TestCluster } from "@roboflow/tikv-testkit";
import { roboflow, type Outcome } from "./roboflow.js";

const FIXTURES = fileURLToPath(new URL("../../../../fixtures/recordings/", import.meta.url));

/** A cluster, an S3 server, and directories that stand for machines which share nothing else. */
export class SeparateMachines implements AsyncDisposable {
  private constructor(
    readonly cluster: TestCluster,
    readonly s3: S3TestServer,
    private readonly root: string,
  ) {}

  /** With the buckets `robots` and `datasets`. */
  static async start(): Promise<SeparateMachines> {
    const cluster = await TestCluster.start({ stores: 3 });
    const s3 = await S3TestServer.start({ buckets: ["robots", "datasets"] });
    const root = await realpath(await mkdtemp(join(tmpdir(), "roboflow-machines-")));
    return new SeparateMachines(cluster, s3, root);
  }

  get store(): string {
    return `tikv://${this.cluster.endpoints.join(",")}`;
  }

  /** Puts a fixture, e.g. `12_episode_0.mcap`, under a URL such as `s3://robots/run1.mcap`. */
  async upload(fixture: string, url: string): Promise<void> {
    await using storage = createStorage({ env: this.s3.env });
    await storage.put(url, await readFile(join(FIXTURES, fixture)));
  }

  /** A machine's directory, empty at first. */
  async machine(name: string): Promise<string> {
    await mkdir(join(this.root, name, "scratch"), { recursive: true });
    return join(this.root, name);
  }

  /** Runs the command line on a machine: its directory is all that the process has of its own. */
  run(machine: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    return roboflow(args, {
      cwd: machine,
      env: {
        HOME: machine,
        ROBOFLOW_SCRATCH: join(machine, "scratch"),
        ROBOFLOW_STORE: this.store,
        ...this.s3.env,
        ...env,
      },
    });
  }

  /** Files that lie on a machine. */
  async files(machine: string): Promise<string[]> {
    const entries = await readdir(machine, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
    await this.s3.close();
    await this.cluster.close();
  }
}
