import { randomBytes } from "node:crypto";
import type { FoundLock } from "./controlled-cluster.js";

export function bytesOf(key: Uint8Array | string): Uint8Array {
  return typeof key === "string" ? Buffer.from(key) : key;
}

export function uniquePrefix(): string {
  return `suite/${randomBytes(6).toString("hex")}/`;
}

/** Handles that a cluster does not have. A test that pulls one has not said what it needs. */
export abstract class Uncontrolled {
  abstract readonly name: string;

  split(..._args: unknown[]): Promise<void> {
    return this.#lacks("split");
  }
  merge(..._args: unknown[]): Promise<void> {
    return this.#lacks("merge");
  }
  leaderOf(..._args: unknown[]): Promise<bigint> {
    return this.#lacks("move-leader");
  }
  moveLeader(..._args: unknown[]): Promise<void> {
    return this.#lacks("move-leader");
  }
  stopStore(..._args: unknown[]): Promise<void> {
    return this.#lacks("stop-store");
  }
  startStore(..._args: unknown[]): Promise<void> {
    return this.#lacks("stop-store");
  }
  stopPd(): Promise<void> {
    return this.#lacks("stop-pd");
  }
  startPd(): Promise<void> {
    return this.#lacks("stop-pd");
  }
  stopPdLeader(): Promise<void> {
    return this.#lacks("several-pd");
  }
  fault(..._args: unknown[]): Promise<void> {
    return this.#lacks("fault");
  }
  clearFaults(): Promise<void> {
    return this.#lacks("fault");
  }
  locks(): Promise<FoundLock[]> {
    return this.#lacks("list-locks");
  }
  advanceClock(..._args: unknown[]): Promise<void> {
    return this.#lacks("clock");
  }
  calls(..._args: unknown[]): Promise<number> {
    return this.#lacks("count-calls");
  }

  #lacks(capability: string): Promise<never> {
    return Promise.reject(
      new Error(`the ${this.name} server can't: name "${capability}" in the suite's needs`),
    );
  }
}
