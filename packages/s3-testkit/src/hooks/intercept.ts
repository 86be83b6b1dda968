import type { S3Request } from "../http/request.js";
import type { Action, FaultRule, Hook, HookFunction } from "./hook.js";

/** A hook in place, until it is disposed of. */
export interface Interception extends Disposable {
  readonly id: number;
  /** The rule, if the hook is one. */
  readonly rule: FaultRule | undefined;
  /** Requests it acted on. */
  readonly acted: number;
}

class Entry implements Interception {
  acted = 0;
  readonly decide: HookFunction;

  constructor(
    readonly id: number,
    hook: Hook,
    private readonly remove: (entry: Entry) => void,
  ) {
    this.rule = typeof hook === "function" ? undefined : hook;
    this.decide = typeof hook === "function" ? hook : followRule(hook);
  }

  readonly rule: FaultRule | undefined;

  [Symbol.dispose](): void {
    this.remove(this);
  }
}

/** The hooks of a server, asked in the order they were set; the first that acts decides. */
export class Interceptor {
  #entries: readonly Entry[] = [];
  #lastId = 0;

  add(hook: Hook): Interception {
    const entry = new Entry(++this.#lastId, hook, (done) => {
      this.#entries = this.#entries.filter((other) => other !== done);
    });
    this.#entries = [...this.#entries, entry];
    return entry;
  }

  list(): readonly Interception[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }

  async actionsFor(request: S3Request): Promise<readonly Action[]> {
    for (const entry of this.#entries) {
      const decided = await entry.decide(request);
      const actions = decided === undefined ? [] : "kind" in decided ? [decided] : decided;
      if (actions.length === 0) continue;
      entry.acted += 1;
      return actions;
    }
    return [];
  }
}

function followRule(rule: FaultRule): HookFunction {
  let [seen, acted] = [0, 0];
  const chance = pseudoRandom(rule.seed ?? 1);
  return (request) => {
    if (!matches(rule, request)) return;
    seen += 1;
    if (seen <= (rule.after ?? 0) || acted >= (rule.times ?? Infinity)) return;
    if (chance() >= (rule.probability ?? 1)) return;
    acted += 1;
    return rule.action;
  };
}

function matches(rule: FaultRule, request: S3Request): boolean {
  return (
    (rule.operation ?? request.operation) === request.operation &&
    (rule.method ?? request.method) === request.method &&
    (rule.bucket ?? request.bucket) === request.bucket &&
    request.key.includes(rule.key ?? "")
  );
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
