import { create } from "@bufbuild/protobuf";
import { pdpb } from "@roboflow/tikv-proto";
import type { Backoff } from "../backoff/backoff.js";
import { aborted } from "../backoff/call-backoff.js";
import { TikvError } from "../error.js";
import { addressOfUrl } from "../transport/address.js";
import { Connection, type TransportHost } from "../transport/connection.js";
import type { RpcFailure } from "../transport/rpc-failure.js";
import { WheelNode } from "../transport/timer-wheel.js";
import { callPd } from "./pd-call.js";

/** Like client-go's: a member that does not answer in this time is passed over. */
const ASK_TIMEOUT_MS = 3000;
/** How long the answers of further members are waited for once one has named a leader. */
const GRACE_MS = 300;
/** As client-go's. */
const REFRESH_MS = 60_000;

/** What one member says. */
interface Answer {
  readonly address: string;
  readonly clusterId: bigint;
  readonly members: readonly string[];
  readonly leader: string | undefined;
}

type Asked =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "failed"; readonly address: string; readonly failure: RpcFailure };

/** Time for the next round of questions, though nothing is wrong: members come and go. */
class Refresh extends WheelNode {
  readonly #due: () => void;

  constructor(due: () => void) {
    super();
    this.#due = due;
  }

  override onDeadline(): void {
    this.#due();
  }
}

/** PD's members, which of them leads, and the connections to them. */
export class PdMembers {
  readonly #host: TransportHost;
  readonly #connections = new Map<string, Connection>();
  /** Those of the options; asked again when no member that was heard of answers. */
  readonly #endpoints: readonly string[];
  #members: readonly string[] = [];
  #leader: Connection | undefined;
  #clusterId: bigint | undefined;
  #closed = false;
  #discovery: Promise<TikvError | undefined> | undefined;
  readonly #refresh = new Refresh(() => void this.#ensureDiscovery());

  constructor(endpoints: readonly string[], host: TransportHost) {
    this.#endpoints = endpoints;
    this.#host = host;
  }

  get leader(): Connection | undefined {
    return this.#leader;
  }

  /** Known once a member has answered. */
  get clusterId(): bigint | undefined {
    return this.#clusterId;
  }

  /**
   * Until a leader is found. Several callers share the questions.
   * @throws TikvError `ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE`, `_NOT_PD`, `_CLUSTER_MISMATCH`, `_TLS`
   */
  async discover(backoff: Backoff): Promise<Connection> {
    let trouble: TikvError | undefined;
    for (;;) {
      const started = performance.now();
      // When the time ends within a round, what an earlier one met tells more.
      const late = trouble ?? silence(this.#addresses());
      trouble = await within(this.#ensureDiscovery(), backoff, late);
      if (this.#leader !== undefined && trouble === undefined) return this.#leader;
      if (trouble?.permanence === "permanent") throw trouble;
      backoff.charge(performance.now() - started);
      await backoff.wait("pd", trouble);
    }
  }

  close(): void {
    this.#leader = undefined;
    this.#host.wheel.cancel(this.#refresh);
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.close();
  }

  /** One round at a time, for all who need it. */
  #ensureDiscovery(): Promise<TikvError | undefined> {
    this.#discovery ??= this.#discover().finally(() => {
      this.#discovery = undefined;
      if (!this.#closed) this.#host.wheel.schedule(this.#refresh, REFRESH_MS);
    });
    return this.#discovery;
  }

  /** One round of questions. Undefined when a leader was found. */
  async #discover(): Promise<TikvError | undefined> {
    const addresses = this.#addresses();
    const asked = await this.#ask(addresses);
    const answers = asked.flatMap((one) => (one.kind === "answer" ? [one.answer] : []));
    const mismatch = this.#checkCluster(answers);
    if (mismatch !== undefined) return mismatch;
    const leading = answers.find(({ leader }) => leader !== undefined);
    if (leading?.leader === undefined) {
      this.#leader = undefined;
      return troubleOf(asked, addresses);
    }
    // The first is nothing to tell of; another one later is.
    const level = this.#clusterId === undefined ? "debug" : "info";
    this.#clusterId = leading.clusterId;
    this.#members = leading.members;
    if (this.#leader?.address !== leading.leader) {
      this.#host.logger[level]("PD's leader", { address: leading.leader });
      this.#leader = this.#connection(leading.leader);
    }
    return undefined;
  }

  #addresses(): readonly string[] {
    return [...new Set([...this.#members, ...this.#endpoints])];
  }

  #checkCluster(answers: readonly Answer[]): TikvError | undefined {
    for (const { address, clusterId } of answers) {
      const expected = this.#clusterId ?? answers[0]?.clusterId;
      if (clusterId === expected) continue;
      return new TikvError(
        "ERR_ROBOFLOW_TIKV_CLUSTER_MISMATCH",
        `PD at ${address} is of cluster ${clusterId}, not of ${expected}`,
        { hint: "Name endpoints of one cluster only" },
      );
    }
    return undefined;
  }

  /** All at once; ends soon after one has named a leader. */
  async #ask(addresses: readonly string[]): Promise<readonly Asked[]> {
    return await new Promise((resolve) => {
      const asked: Asked[] = [];
      let grace: NodeJS.Timeout | undefined;
      const end = (): void => {
        clearTimeout(grace);
        resolve(asked);
      };
      for (const address of addresses) {
        void this.#askOne(address, (one) => {
          asked.push(one);
          if (asked.length === addresses.length) end();
          else if (one.kind === "answer" && one.answer.leader !== undefined) {
            grace ??= setTimeout(end, GRACE_MS);
          }
        });
      }
    });
  }

  async #askOne(address: string, onAsked: (one: Asked) => void): Promise<void> {
    const connection = this.#connection(address);
    const request = create(pdpb.GetMembersRequestSchema);
    const { getMembers } = pdpb.PD.method;
    const outcome = await callPd(connection, getMembers, request, ASK_TIMEOUT_MS, undefined);
    if (outcome.kind === "failed") {
      onAsked({ kind: "failed", address, failure: outcome.failure });
      return;
    }
    const { header, members, leader } = outcome.reply;
    const answer: Answer = {
      address,
      clusterId: header?.clusterId ?? 0n,
      members: members.flatMap(addressesOf),
      leader: leader === undefined ? undefined : addressesOf(leader)[0],
    };
    onAsked({ kind: "answer", answer });
  }

  #connection(address: string): Connection {
    let connection = this.#connections.get(address);
    if (connection === undefined) {
      connection = new Connection(address, this.#host);
      this.#connections.set(address, connection);
      // A round of questions may go on after closing: it must not dial.
      if (this.#closed) connection.close();
    }
    return connection;
  }
}

function addressesOf(member: pdpb.Member): string[] {
  return member.clientUrls.flatMap((url) => addressOfUrl(url) ?? []);
}

/** What no try will mend is told at once, but only if no endpoint leaves hope. */
function troubleOf(asked: readonly Asked[], addresses: readonly string[]): TikvError {
  const failures = asked.flatMap((one) => (one.kind === "failed" ? [one.failure] : []));
  const hopeless =
    failures.length === addresses.length &&
    failures.every(({ error }) => error.permanence === "permanent");
  const what = failures.map(({ error }) => error.message).join("; ");
  const first = failures[0];
  if (!hopeless || first === undefined) {
    return new TikvError(
      "ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE",
      what === "" ? `PD at ${addresses.join(", ")} has no leader` : what,
      { permanence: "transient", cause: first?.error },
    );
  }
  const tls = failures.find(({ kind }) => kind === "tls");
  if (tls !== undefined) return tls.error;
  return new TikvError("ERR_ROBOFLOW_TIKV_NOT_PD", `No PD answers: ${what}`, {
    cause: first.error,
    hint: "Give the client addresses of PD (port 2379 by default), not of a store or another server",
  });
}

function silence(addresses: readonly string[]): TikvError {
  const what = `no answer yet from PD at ${addresses.join(", ")}`;
  return new TikvError("ERR_ROBOFLOW_TIKV_PD_UNAVAILABLE", what, { permanence: "transient" });
}

/** `late` when this caller's time is over; the questions go on for others. */
async function within(
  discovery: Promise<TikvError | undefined>,
  { signal, leftMs }: Backoff,
  late: TikvError,
): Promise<TikvError | undefined> {
  return await new Promise((resolve, reject) => {
    const onTimeout = (): void => end(late);
    const onAbort = (): void => {
      if (signal !== undefined) reject(aborted(signal));
      end(undefined);
    };
    const timer = setTimeout(onTimeout, leftMs);
    const end = (trouble: TikvError | undefined): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      resolve(trouble);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    discovery.then(end, reject);
  });
}
