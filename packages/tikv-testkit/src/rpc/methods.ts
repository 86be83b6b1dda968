import type { DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { keyspacepb, pdpb, tikvpb } from "@roboflow/tikv-proto";

type MethodsOf<Service> = Service extends { readonly method: infer Methods } ? Methods : never;

/** Methods by name as gRPC spells it, e.g. `KvGet`. */
type ByRpc<Methods> = {
  readonly [Name in keyof Methods as Capitalize<Name & string>]: Methods[Name];
};

type StoreMethods = Omit<ByRpc<MethodsOf<typeof tikvpb.Tikv>>, "BatchCommands">;
type PdMethods = ByRpc<MethodsOf<typeof pdpb.PD>> & ByRpc<MethodsOf<typeof keyspacepb.Keyspace>>;
type Methods = StoreMethods & PdMethods;

/** Commands of a store by name; those in a batch go by the name they have alone. */
export type StoreRpc = keyof StoreMethods;
/** Calls to PD by name. A request on the `Tso` stream is one call. */
export type PdRpc = keyof PdMethods;
export type Rpc = StoreRpc | PdRpc;

export type RequestOf<Name extends Rpc> = Methods[Name] extends {
  readonly input: infer Desc extends DescMethod["input"];
}
  ? MessageShape<Desc>
  : never;

/** Fields of a reply. Those left out are as protobuf has them: zero, empty, absent. */
export type ReplyOf<Name extends Rpc> = Methods[Name] extends {
  readonly output: infer Desc extends DescMethod["output"];
}
  ? MessageInitShape<Desc>
  : never;
