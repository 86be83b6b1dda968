const SEPARATOR = "=".repeat(80);

/** Own fields of each type, from ROS 2's common_interfaces (Apache-2.0), without comments. */
const FIELDS = {
  "builtin_interfaces/msg/Time": "int32 sec\nuint32 nanosec",
  "std_msgs/msg/Header": "builtin_interfaces/Time stamp\nstring frame_id",
  "std_msgs/msg/MultiArrayDimension": "string label\nuint32 size\nuint32 stride",
  "std_msgs/msg/MultiArrayLayout": "MultiArrayDimension[] dim\nuint32 data_offset",
  "std_msgs/msg/Float64MultiArray": "MultiArrayLayout layout\nfloat64[] data",
  "std_msgs/msg/Float64": "float64 data",
  "std_msgs/msg/Bool": "bool data",
  "std_msgs/msg/Int64": "int64 data",
  "std_msgs/msg/String": "string data",
  "geometry_msgs/msg/Vector3": "float64 x\nfloat64 y\nfloat64 z",
  "geometry_msgs/msg/Point": "float64 x\nfloat64 y\nfloat64 z",
  "geometry_msgs/msg/Quaternion": "float64 x\nfloat64 y\nfloat64 z\nfloat64 w",
  "geometry_msgs/msg/Pose": "Point position\nQuaternion orientation",
  "geometry_msgs/msg/PoseStamped": "std_msgs/Header header\nPose pose",
  "geometry_msgs/msg/Twist": "Vector3 linear\nVector3 angular",
  "sensor_msgs/msg/CompressedImage": "std_msgs/Header header\nstring format\nuint8[] data",
  "sensor_msgs/msg/Image":
    "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\nuint32 step\nuint8[] data",
  "sensor_msgs/msg/JointState":
    "std_msgs/Header header\nstring[] name\nfloat64[] position\nfloat64[] velocity\nfloat64[] effort",
} as const;

/** A ROS 2 message type whose definition is built in. */
export type KnownType = keyof typeof FIELDS;

export function isKnownType(type: string): type is KnownType {
  return Object.hasOwn(FIELDS, type);
}

/** The `ros2msg` schema of a built-in type: its fields, then those of every type they name. */
export function ros2msgDefinition(type: KnownType): string {
  const parts = [...typesBelow(type)].map((name) =>
    name === type ? FIELDS[name] : `MSG: ${name.replace("/msg/", "/")}\n${FIELDS[name]}`,
  );
  return parts.join(`\n${SEPARATOR}\n`);
}

function typesBelow(type: KnownType, found = new Set<KnownType>()): Set<KnownType> {
  found.add(type);
  const ownPackage = type.slice(0, type.indexOf("/"));
  for (const line of FIELDS[type].split("\n")) {
    const name = line.slice(0, line.indexOf(" ")).replace("[]", "");
    const full = name.includes("/") ? name.replace("/", "/msg/") : `${ownPackage}/msg/${name}`;
    if (isKnownType(full) && !found.has(full)) typesBelow(full, found);
  }
  return found;
}
