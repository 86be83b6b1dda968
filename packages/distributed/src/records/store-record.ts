import { z } from "zod";
import { recordCodec } from "./codec.js";
import { Time } from "./fields.js";

/** Which store this is, whatever URL it is reached by. */
const StoreRecord = z.object({
  version: z.literal(1),
  /** A UUID. */
  id: z.string().min(1),
  createdAt: Time,
});

export const storeCodec = recordCodec("store", 1, StoreRecord);
