import { create, type DescService } from "@bufbuild/protobuf";
import {
  Client,
  credentials,
  type ChannelCredentials,
  type ClientDuplexStream,
} from "@grpc/grpc-js";
import { keyspacepb, pdpb, tikvpb } from "@roboflow/tikv-proto";
import type { RegionView, ReplyOf, Rpc, TestCluster } from "../src/index.js";
import { serviceDefinition } from "../src/rpc/service-definition.js";

/** A reply as it arrives, all fields filled in. */
export type Received<Name extends Rpc> = Extract<ReplyOf<Name>, { readonly $typeName: string }>;

/** Fields of a request; those left out are empty. */
export type Fields = Readonly<Record<string, unknown>>;

const SERVICES: readonly DescService[] = [tikvpb.Tikv, pdpb.PD, keyspacepb.Keyspace];

export type BatchStream = ClientDuplexStream<
  tikvpb.BatchCommandsRequest,
  tikvpb.BatchCommandsResponse
>;
export type TsoStream = ClientDuplexStream<pdpb.TsoRequest, pdpb.TsoResponse>;

/** Calls one server, with nothing of a TiKV client's cleverness. */
export class RawGrpc implements Disposable {
  readonly #client: Client;

  constructor(address: string, channel: ChannelCredentials = credentials.createInsecure()) {
    this.#client = new Client(address, channel, {
      "grpc.max_receive_message_length": -1,
      // Clients would share their connections, and the wait after a failed one.
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  /** @param deadlineMs from now; a call that is never answered must end somehow */
  call<Name extends Rpc>(rpc: Name, request: object, deadlineMs = 60_000): Promise<Received<Name>> {
    const service = SERVICES.find(({ methods }) => methods.some(({ name }) => name === rpc));
    const method = service?.methods.find(({ name }) => name === rpc);
    const definition = service === undefined ? undefined : serviceDefinition(service)[rpc];
    if (method === undefined || definition === undefined) {
      throw new Error(`no method ${rpc}`);
    }
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        create(method.input, request as Record<string, unknown>),
        { deadline: Date.now() + deadlineMs },
        (error, reply) => (error === null ? resolve(reply as Received<Name>) : reject(error)),
      );
    });
  }

  batch(): BatchStream {
    return this.#stream(tikvpb.Tikv, "BatchCommands") as unknown as BatchStream;
  }

  tso(): TsoStream {
    return this.#stream(pdpb.PD, "Tso") as unknown as TsoStream;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  #stream(service: DescService, name: string): ClientDuplexStream<unknown, unknown> {
    const definition = serviceDefinition(service)[name];
    if (definition === undefined) {
      throw new Error(`no method ${name}`);
    }
    return this.#client.makeBidiStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
    );
  }
}

/** What a request needs so that the leader of a region takes it. */
export function contextOf(region: RegionView) {
  const peer = region.peers.find(({ storeId }) => storeId === region.leaderStoreId);
  return {
    regionId: region.id,
    regionEpoch: { version: region.version, confVer: region.confVer },
    ...(peer === undefined ? {} : { peer }),
  };
}

/** Sends commands to the store that leads the region of a key. */
export class StoreGrpc implements Disposable {
  readonly #clients = new Map<string, RawGrpc>();

  constructor(private readonly cluster: TestCluster) {}

  /** @param key in whose region the command belongs */
  send<Name extends Rpc>(
    rpc: Name,
    key: string | Uint8Array,
    request: Fields,
    context: Fields = {},
  ): Promise<Received<Name>> {
    const region = this.cluster.regionOf(key, { raw: rpc.startsWith("Raw") });
    const store = this.cluster.stores.find(({ id }) => id === region.leaderStoreId);
    const address = store?.address ?? "";
    let client = this.#clients.get(address);
    if (client === undefined) {
      client = new RawGrpc(address);
      this.#clients.set(address, client);
    }
    return client.call(rpc, { context: { ...contextOf(region), ...context }, ...request });
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) {
      client[Symbol.dispose]();
    }
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array): string => new TextDecoder().decode(value);
