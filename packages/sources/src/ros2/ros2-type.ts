import { parse } from "@foxglove/rosmsg";
import { MessageReader } from "@foxglove/rosmsg2-serialization";

type Definition = ReturnType<typeof parse>[number];
type Field = Definition["definitions"][number];

/** CDR representation identifiers that hold plain structs (DDS-XTypes 1.3, 7.6.3.1.2). */
const BIG_ENDIAN = 0;
const LITTLE_ENDIAN = 1;

/** A ROS 2 message type, made once from its `ros2msg` schema. */
export class Ros2Type {
  readonly #reader: MessageReader;
  readonly #beginsWithStamp: boolean;

  /** Throws `Error` if the schema can't be parsed. */
  constructor(schema: string) {
    const definitions = parse(schema, { ros2: true });
    this.#reader = new MessageReader(definitions);
    this.#beginsWithStamp = beginsWithStamp(definitions);
  }

  /** Throws `Error` if `data` is not one message of this type. */
  decode(data: Uint8Array): unknown {
    isLittleEndian(data);
    const value: unknown = this.#reader.readMessage(data);
    // Strings and byte arrays are views that may go beyond `data`, into its neighbour in the chunk.
    if (this.#reader.lastReadByteLength() > data.length) throw new Error("it ends too early");
    return value;
  }

  /** Nanoseconds; undefined if the type does not begin with a `std_msgs/Header`. Throws `Error`. */
  headerStamp(data: Uint8Array): bigint | undefined {
    if (!this.#beginsWithStamp) return undefined;
    const littleEndian = isLittleEndian(data);
    if (data.length < 12) throw new Error("it ends too early");
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const seconds = BigInt(view.getInt32(4, littleEndian));
    return seconds * 1_000_000_000n + BigInt(view.getUint32(8, littleEndian));
  }
}

function isLittleEndian(data: Uint8Array): boolean {
  const kind = data[1];
  if (data.length < 4 || data[0] !== 0 || (kind !== BIG_ENDIAN && kind !== LITTLE_ENDIAN)) {
    throw new Error("it is not plain CDR");
  }
  return kind === LITTLE_ENDIAN;
}

/** Whether the first field is a header, or the type is one itself, so that the stamp comes first. */
function beginsWithStamp(definitions: readonly Definition[]): boolean {
  const root = firstField(definitions[0]);
  if (root?.type !== "std_msgs/Header" || root.isArray === true) return isStamp(root);
  return isStamp(firstField(definitions.find(({ name }) => name === root.type)));
}

function firstField(definition: Definition | undefined): Field | undefined {
  return definition?.definitions.find(({ isConstant }) => isConstant !== true);
}

function isStamp(field: Field | undefined): boolean {
  return field?.type === "time" && field.name === "stamp" && field.isArray !== true;
}
