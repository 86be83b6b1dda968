import { setTimeout as sleep } from "node:timers/promises";
import { status as Status } from "@grpc/grpc-js";
import type { Call, Reply } from "./call.js";
import type { Action, Hook } from "./hook.js";

/** How a call ends. */
export type Outcome =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "status"; readonly code: Status; readonly message: string }
  | { readonly kind: "silence" }
  | { readonly kind: "disconnect" };

/** A hook at work. Disposed of, it is asked no more. */
export interface Interception extends Disposable {
  /** Calls for which the hook has returned an action. */
  readonly acted: number;
}

interface Entry {
  readonly hook: Hook;
  acted: number;
}

/** Counts calls, asks the hooks about each, and does what they say. */
export class Interceptor {
  readonly #hooks = new Set<Entry>();
  readonly #counts = new Map<string, number>();

  add(hook: Hook): Interception {
    const entry: Entry = { hook, acted: 0 };
    this.#hooks.add(entry);
    return {
      get acted() {
        return entry.acted;
      },
      [Symbol.dispose]: () => void this.#hooks.delete(entry),
    };
  }

  /** Calls that arrived so far. */
  count(match: {
    readonly rpc?: string | undefined;
    readonly server?: string | undefined;
  }): number {
    let sum = 0;
    for (const [name, count] of this.#counts) {
      const [server, rpc] = name.split(" ");
      if (
        (match.rpc === undefined || match.rpc === rpc) &&
        (match.server === undefined || match.server === server)
      ) {
        sum += count;
      }
    }
    return sum;
  }

  async handle(call: Call, execute: () => Outcome | Promise<Outcome>): Promise<Outcome> {
    const name = `${call.server}/${call.id} ${call.rpc}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    try {
      const action = this.#hooks.size === 0 ? undefined : await this.#ask(call);
      return action === undefined ? await execute() : await perform(action, execute);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: "status", code: Status.INTERNAL, message };
    }
  }

  async #ask(call: Call): Promise<Action | undefined> {
    for (const entry of this.#hooks) {
      const action = await entry.hook(call);
      if (action !== undefined) {
        entry.acted += 1;
        return action;
      }
    }
    return undefined;
  }
}

async function perform(
  action: Action,
  execute: () => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  switch (action.kind) {
    case "delay":
      await sleep(action.ms);
      return await execute();
    case "until":
      await action.promise;
      return await execute();
    case "drop":
      return { kind: "silence" };
    case "lose-answer":
      await execute();
      return { kind: "silence" };
    case "duplicate": {
      const first = await execute();
      await execute();
      return first;
    }
    case "reply":
      return { kind: "reply", reply: action.reply };
    case "region-error":
      return { kind: "reply", reply: { regionError: action.error } };
    case "status":
      return action;
    case "unavailable":
      return { kind: "status", code: Status.UNAVAILABLE, message: "connection lost by the test" };
    case "disconnect":
      await execute();
      return { kind: "disconnect" };
  }
}
