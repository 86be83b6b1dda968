import { TestCluster } from "@roboflow/tikv-testkit";
import { TestkitControl } from "./testkit-control.js";
import type { ControlCall, FromTestkit } from "./testkit-messages.js";

// A cluster in a process of its own: what it costs is not taken from those that use it.
const cluster = await TestCluster.start({ stores: 3, pdMembers: 3 });
const control = new TestkitControl(cluster);

function send(message: FromTestkit): void {
  process.send?.(message);
}

async function answer({ id, method, args }: ControlCall): Promise<void> {
  try {
    const call = control[method] as (...args: ControlCall["args"]) => Promise<unknown>;
    send({ type: "answer", id, value: await call.apply(control, [...args]) });
  } catch (error) {
    send({ type: "answer", id, value: undefined, error: String(error) });
  }
}

process.on("message", (call: ControlCall) => void answer(call));
process.on("disconnect", () => process.exit());
send({ type: "ready", endpoints: cluster.endpoints });
