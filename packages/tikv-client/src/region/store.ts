import type { Connection } from "../transport/connection.js";

/** One TiKV store as PD names it. Its address may change: it keeps the same object. */
export class Store {
  readonly id: bigint;
  readonly #connect: (address: string) => readonly Connection[];
  #address: string;
  #connections: readonly Connection[];
  #turn = 0;

  constructor(id: bigint, address: string, connect: (address: string) => readonly Connection[]) {
    this.id = id;
    this.#connect = connect;
    this.#address = address;
    this.#connections = connect(address);
  }

  get address(): string {
    return this.#address;
  }

  /** False while a failed dial is remembered: other peers are asked first. */
  get reachable(): boolean {
    return this.#connections.some((connection) => connection.reachable);
  }

  /** In turns. */
  connection(): Connection {
    const connections = this.#connections;
    this.#turn = (this.#turn + 1) % connections.length;
    const connection = connections[this.#turn];
    if (connection === undefined) throw new RangeError(`Store ${this.id} has no connection`);
    return connection;
  }

  /** Also for the same address: its name may lead to another machine by now. */
  moveTo(address: string): void {
    const old = this.#connections;
    this.#address = address;
    this.#connections = this.#connect(address);
    for (const connection of old) connection.close();
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}
