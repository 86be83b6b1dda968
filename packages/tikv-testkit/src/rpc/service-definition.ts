import {
  fromBinary,
  toBinary,
  type DescMessage,
  type DescService,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

function serializer<Desc extends DescMessage>(schema: Desc) {
  return (message: MessageShape<Desc>): Buffer => {
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function deserializer<Desc extends DescMessage>(schema: Desc) {
  // A plain array, so that parts of it are, too: those of a Buffer are Buffers.
  return (buffer: Buffer): MessageShape<Desc> =>
    fromBinary(schema, new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));
}

/** Describes a service of a .proto file to grpc-js, by its methods' own names. */
export function serviceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method): [string, MethodDefinition<unknown, unknown>] => {
      const { methodKind, input, output } = method;
      return [
        method.name,
        {
          path: `/${service.typeName}/${method.name}`,
          requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
          responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
          requestSerialize: serializer(input),
          requestDeserialize: deserializer(input),
          responseSerialize: serializer(output),
          responseDeserialize: deserializer(output),
        } as MethodDefinition<unknown, unknown>,
      ];
    }),
  );
}
