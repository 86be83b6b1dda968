/** A copy of `record` without `fields`; everything else stays, also what its type does not know. */
export function omit<T extends object, K extends PropertyKey>(
  record: T,
  fields: readonly K[],
): Omit<T, K> {
  const copy = { ...record };
  for (const field of fields) Reflect.deleteProperty(copy, field);
  return copy;
}
