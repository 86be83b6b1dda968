/**
 * Parameter of superRefine(): runs the check on any table, so that all problems of a config are told
 * at once. Without it zod skips the check where a key is wrong; the check must expect such keys.
 */
export const evenIfPartlyWrong = {
  when: ({ value }: { readonly value: unknown }) => typeof value === "object" && value !== null,
};
