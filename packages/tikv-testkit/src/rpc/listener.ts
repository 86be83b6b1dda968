import { once } from "node:events";
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import { Server, type ConnectionInjector, type ServerCredentials } from "@grpc/grpc-js";

/** What a stopped server does with those who dial it. */
export type WhenStopped =
  /** Nobody listens there. */
  | "refuse"
  /** Accepts and resets at once, so that attempts can be counted. */
  | "reset"
  /** Accepts and stays silent, like a machine that is gone behind its router. */
  | "hang";

const HOST = "127.0.0.1";

/** A gRPC server on an address that it keeps, and whose connections can be cut at any time. */
export class Listener {
  readonly grpc = new Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc-node.max_session_memory": Number.MAX_SAFE_INTEGER,
  });
  readonly #injector: ConnectionInjector;
  readonly #sockets = new Set<Socket>();
  #net: NetServer | undefined;
  #state: "running" | WhenStopped = "running";
  #port = 0;
  #accepted = 0;
  #life = 0;

  constructor(credentials: ServerCredentials) {
    this.#injector = this.grpc.createConnectionInjector(credentials);
  }

  /** `host:port`, the same after each start. */
  get address(): string {
    return `${HOST}:${this.#port}`;
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** Connections since the beginning, also those that a stopped server accepted. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Another after each stop: what arrived in an earlier life is executed no more. */
  get life(): number {
    return this.#life;
  }

  async start(): Promise<void> {
    this.#state = "running";
    this.#cutAll();
    await this.#listen();
  }

  /** Cuts every connection, as the death of the process would. */
  async stop(whenStopped: WhenStopped): Promise<void> {
    this.#state = whenStopped;
    this.#life += 1;
    if (whenStopped === "refuse") {
      await this.#close();
    } else {
      this.#cutAll();
      await this.#listen();
    }
  }

  /** Cuts the connection of one client. @param peer its `host:port` */
  cut(peer: string): void {
    for (const socket of this.#sockets) {
      if (`${socket.remoteAddress}:${socket.remotePort}` === peer) {
        socket.resetAndDestroy();
      }
    }
  }

  async close(): Promise<void> {
    this.#state = "refuse";
    this.#life += 1;
    await this.#close();
    this.grpc.forceShutdown();
  }

  async #listen(): Promise<void> {
    if (this.#net !== undefined) {
      return;
    }
    const net = createServer((socket) => this.#accept(socket));
    net.listen(this.#port, HOST);
    await once(net, "listening");
    this.#net = net;
    this.#port = (net.address() as AddressInfo).port;
  }

  #accept(socket: Socket): void {
    this.#accepted += 1;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // The other side may be cut at any time; what was asked there has its own error.
    socket.on("error", () => {});
    socket.setNoDelay(true);
    switch (this.#state) {
      case "running":
        this.#injector.injectConnection(socket);
        break;
      case "hang":
        break;
      case "reset":
      case "refuse":
        socket.resetAndDestroy();
    }
  }

  #cutAll(): void {
    for (const socket of this.#sockets) {
      socket.resetAndDestroy();
    }
  }

  async #close(): Promise<void> {
    const net = this.#net;
    this.#net = undefined;
    if (net !== undefined) {
      const closed = once(net, "close");
      net.close();
      this.#cutAll();
      await closed;
    }
  }
}
