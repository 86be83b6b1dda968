import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../root.js";
import { at, keysAt, listAt, readManifests, type Manifest } from "./manifests.js";

const run = promisify(execFile);
const text = (path: string): Promise<string> => readFile(join(ROOT, path), "utf8");

let manifests: Manifest[];
let deployments: Manifest[];
beforeAll(async () => {
  manifests = await readManifests(pathToFileURL(join(ROOT, "deploy/kubernetes/")));
  deployments = manifests.filter(({ kind }) => kind === "Deployment");
});

const container = ({ value }: Manifest): unknown =>
  at(value, "spec", "template", "spec", "containers", 0);
const pod = ({ value }: Manifest): unknown => at(value, "spec", "template", "spec");
const args = (deployment: Manifest): string[] => listAt(container(deployment), "args").map(String);
const named = (kind: string): string[] =>
  manifests.filter((one) => one.kind === kind).map(({ name }) => name);

/** Whether two lists have the same members. */
const sorted = (list: readonly unknown[]): string[] => list.map(String).toSorted();

describe("the Kubernetes manifests", () => {
  it("are all applied, but for the example of secrets", () => {
    const kustomization = manifests.find(({ kind }) => kind === "Kustomization");
    const files = new Set(manifests.map(({ file }) => file));
    files.delete("kustomization.yaml");
    files.delete("secrets.example.yaml");
    expect(sorted(listAt(kustomization?.value, "resources"))).toEqual(sorted([...files]));
  });

  it("start commands that the command line knows", async () => {
    const { stdout } = await run(process.execPath, ["scripts/roboflow.mjs", "worker", "--help"], {
      cwd: ROOT,
    });
    for (const deployment of deployments) {
      const [command, ...flags] = args(deployment);
      expect(command).toBe("worker");
      for (const flag of flags) expect(stdout).toContain(flag.split("=")[0]);
    }
    expect(deployments.flatMap(args).filter((flag) => flag.startsWith("--role="))).toEqual([
      "--role=finalizer",
      "--role=worker",
    ]);
  });

  it("probe the port and paths that are served", async () => {
    const server = await text("packages/distributed/src/telemetry/health-server.ts");
    for (const deployment of deployments) {
      const port = at(container(deployment), "ports", 0);
      expect(args(deployment)).toContain(`--http=0.0.0.0:${String(at(port, "containerPort"))}`);
      const probes = { startupProbe: "/livez", livenessProbe: "/livez", readinessProbe: "/readyz" };
      for (const [probe, path] of Object.entries(probes)) {
        const get = at(container(deployment), probe, "httpGet");
        expect(get).toEqual({ path, port: at(port, "name") });
        expect(server).toContain(`"${path}"`);
      }
      const scrape = at(deployment.value, "spec", "template", "metadata", "annotations");
      expect(at(scrape, "prometheus.io/port")).toBe(String(at(port, "containerPort")));
    }
  });

  it("give a drain the time that it may take, and ten seconds for its farewell", () => {
    for (const deployment of deployments) {
      const grace = args(deployment).find((flag) => flag.startsWith("--grace="));
      const seconds = Number(grace?.split("=")[1]);
      expect(at(pod(deployment), "terminationGracePeriodSeconds")).toBeGreaterThan(seconds + 10);
    }
  });

  it("run without root, on a read-only file system with scratch space", () => {
    for (const deployment of deployments) {
      expect(pod(deployment)).toMatchObject({
        securityContext: { runAsNonRoot: true, runAsUser: 1000 },
        automountServiceAccountToken: false,
      });
      expect(container(deployment)).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      });
      const mounts = listAt(container(deployment), "volumeMounts").map((one) => at(one, "name"));
      const volumes = listAt(pod(deployment), "volumes").map((one) => at(one, "name"));
      expect(sorted(mounts)).toEqual(sorted(volumes));
      expect(mounts).toContain("scratch");
    }
  });

  it("name config maps and secrets that there are, and files that are mounted", () => {
    const config = manifests.find(({ kind }) => kind === "ConfigMap");
    for (const deployment of deployments) {
      const sources = listAt(container(deployment), "envFrom");
      const maps = sources.map((one) => at(one, "configMapRef", "name")).filter(Boolean);
      const secrets = [
        ...sources.map((one) => at(one, "secretRef", "name")),
        ...listAt(pod(deployment), "volumes").map((one) => at(one, "secret", "secretName")),
      ].filter(Boolean);
      expect(maps).toEqual(named("ConfigMap"));
      expect(sorted(secrets)).toEqual(sorted(named("Secret")));
      const tls = listAt(container(deployment), "volumeMounts").find(
        (one) => at(one, "name") === "tikv-tls",
      );
      const files = at(manifests.find(({ name }) => name === "roboflow-tikv")?.value, "stringData");
      for (const variable of ["TIKV_CA_PATH", "TIKV_CERT_PATH", "TIKV_KEY_PATH"]) {
        const [, directory, file] =
          /^(.*)\/([^/]+)$/.exec(String(at(config?.value, "data", variable))) ?? [];
        expect(directory).toBe(at(tls, "mountPath"));
        expect(at(files, String(file))).toBeDefined();
      }
    }
  });

  it("set variables that the code reads", async () => {
    const config = manifests.find(({ kind }) => kind === "ConfigMap");
    const secret = manifests.find(({ name }) => name === "roboflow-storage");
    const variables = [...keysAt(config?.value, "data"), ...keysAt(secret?.value, "stringData")];
    const { stdout } = await run(
      "git",
      ["grep", "-ohE", '"[A-Z][A-Z0-9_]+"', "--", "apps/*.ts", "packages/*.ts"],
      { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
    );
    const read = new Set(stdout.split("\n"));
    expect(variables.filter((variable) => !read.has(`"${variable}"`))).toEqual([]);
  });

  it("guard and scale the deployments that there are, by metrics that there are", async () => {
    const labels = deployments.map(({ value }) => at(value, "spec", "selector", "matchLabels"));
    for (const { value } of deployments) {
      const selector = at(value, "spec", "selector", "matchLabels");
      expect(at(value, "spec", "template", "metadata", "labels")).toEqual(selector);
    }
    const budgets = manifests.filter(({ kind }) => kind === "PodDisruptionBudget");
    expect(budgets.map(({ value }) => at(value, "spec", "selector", "matchLabels"))).toEqual(
      labels,
    );

    const scaled = manifests.find(({ kind }) => kind === "ScaledObject");
    const target = String(at(scaled?.value, "spec", "scaleTargetRef", "name"));
    const worker = deployments.find(({ name }) => name === target);
    if (worker === undefined) throw new Error(`nothing is called ${target}`);
    // Else every rollout would undo the scaling.
    expect(at(worker.value, "spec", "replicas")).toBeUndefined();
    const trigger = at(scaled?.value, "spec", "triggers", 0, "metadata");
    expect(args(worker)).toContain(`--jobs=${String(at(trigger, "threshold"))}`);
    // No value, as while the store is away, must not be taken for no work.
    expect(at(trigger, "ignoreNullValues")).toBe("false");
    expect(at(scaled?.value, "spec", "fallback", "behavior")).toBe("currentReplicasIfHigher");
    const instruments = await text("packages/distributed/src/telemetry/instruments.ts");
    for (const [, metric] of String(at(trigger, "query")).matchAll(/roboflow_(\w+)/g)) {
      expect(instruments).toContain(`"${metric}"`);
    }
  });
});

describe("the Dockerfile", () => {
  it("copies what is there and is not ignored, and runs what is built, without root", async () => {
    const dockerfile = await text("deploy/Dockerfile");
    const ignore = await text("deploy/Dockerfile.dockerignore");
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(
      ([, sources = ""]) => sources.split(" "),
    );
    expect(copies.length).toBeGreaterThan(5);
    const { stdout } = await run("git", ["ls-tree", "--name-only", "HEAD"], { cwd: ROOT });
    for (const source of copies) {
      const name = source.replace(/^\.\//, "");
      expect(stdout.split("\n")).toContain(name);
      expect(ignore.split("\n")).toContain(`!${name}`);
    }
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    const manifest: unknown = JSON.parse(await text("apps/cli/package.json"));
    const program = String(at(manifest, "bin", "roboflow")).slice(2);
    expect(dockerfile).toContain(`ENTRYPOINT ["node", "/app/${program}"]`);
    const [major] = /\d+/.exec(String(at(manifest, "engines", "node"))) ?? [];
    for (const [, version] of dockerfile.matchAll(/^FROM node:(\d+)/gm))
      expect(version).toBe(major);
  });
});

describe("docs/fleet", () => {
  it("tells of every metric, and of none that is not there", async () => {
    const instruments = await text("packages/distributed/src/telemetry/instruments.ts");
    const names = [...instruments.matchAll(/(?:counter|gauge|labelled)\(\s*"(\w+)"/g)];
    const page = await text("docs/fleet/running-a-fleet.md");
    const table = page.split("\n").filter((line) => line.startsWith("| `roboflow_"));
    const told = [...table.join("\n").matchAll(/`roboflow_(\w+)/g)];
    expect(sorted(told.map(([, name]) => name))).toEqual(sorted(names.map(([, name]) => name)));
  });

  it("names error codes that there are", async () => {
    const page = await text("docs/fleet/running-a-fleet.md");
    const { stdout } = await run(
      "git",
      ["grep", "-ohE", '"ERR_ROBOFLOW_[A-Z_]+"', "--", "apps/*.ts", "packages/*.ts"],
      { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
    );
    const codes = new Set(stdout.split("\n"));
    const told = [...page.matchAll(/ERR_ROBOFLOW_[A-Z_]+/g)].map(([code]) => code);
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter((code) => !codes.has(`"${code}"`))).toEqual([]);
  });
});
