/**
 * The part of a message that holds its numbers, by type (`package/Type`); an empty path is the
 * whole message without its header. Types that aren't here need `field` in their mapping.
 */
const DEFAULT_FIELDS: Readonly<Record<string, string>> = {
  "sensor_msgs/JointState": "position",
  "trajectory_msgs/JointTrajectoryPoint": "positions",
  "geometry_msgs/Accel": "",
  "geometry_msgs/AccelStamped": "accel",
  "geometry_msgs/AccelWithCovariance": "accel",
  "geometry_msgs/AccelWithCovarianceStamped": "accel.accel",
  "geometry_msgs/Point": "",
  "geometry_msgs/Point32": "",
  "geometry_msgs/PointStamped": "point",
  "geometry_msgs/Pose": "",
  "geometry_msgs/Pose2D": "",
  "geometry_msgs/PoseStamped": "pose",
  "geometry_msgs/PoseWithCovariance": "pose",
  "geometry_msgs/PoseWithCovarianceStamped": "pose.pose",
  "geometry_msgs/Quaternion": "",
  "geometry_msgs/QuaternionStamped": "quaternion",
  "geometry_msgs/Transform": "",
  "geometry_msgs/TransformStamped": "transform",
  "geometry_msgs/Twist": "",
  "geometry_msgs/TwistStamped": "twist",
  "geometry_msgs/TwistWithCovariance": "twist",
  "geometry_msgs/TwistWithCovarianceStamped": "twist.twist",
  "geometry_msgs/Vector3": "",
  "geometry_msgs/Vector3Stamped": "vector",
  "geometry_msgs/Wrench": "",
  "geometry_msgs/WrenchStamped": "wrench",
};

/** std_msgs and example_interfaces: scalars and `...MultiArray` alike keep their numbers in `data`. */
const PLAIN_DATA =
  /^(std_msgs|example_interfaces)\/(Bool|Byte|Char|U?Int(8|16|32|64)|Float(32|64))(MultiArray)?$/;

/** The path of a type's numbers, or undefined if the type does not tell. */
export function defaultField(schemaName: string): readonly string[] | undefined {
  const type = schemaName.replace("/msg/", "/");
  if (PLAIN_DATA.test(type)) return ["data"];
  const field = DEFAULT_FIELDS[type];
  return field === undefined ? undefined : splitPath(field);
}

/** `pose.position.x` as its parts; the empty path has none. */
export function splitPath(field: string): readonly string[] {
  return field === "" ? [] : field.split(".");
}
