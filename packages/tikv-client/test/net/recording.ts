import type { ClientHooks } from "../../src/index.js";

/** What a client's hooks were told. */
export interface Recording {
  readonly hooks: ClientHooks;
  readonly retries: { readonly reason: string; readonly waitMs: number }[];
  readonly requests: { readonly rpc: string; readonly address: string; readonly outcome: string }[];
  readonly batches: number[];
  readonly cache: { hits: number; misses: number };
}

export function record(): Recording {
  const retries: Recording["retries"] = [];
  const requests: Recording["requests"] = [];
  const batches: number[] = [];
  const cache = { hits: 0, misses: 0 };
  return {
    retries,
    requests,
    batches,
    cache,
    hooks: {
      retry: (event) => void retries.push(event),
      request: ({ rpc, address, outcome }) => void requests.push({ rpc, address, outcome }),
      batch: ({ size }) => void batches.push(size),
      cache: ({ hit }) => void (hit ? cache.hits++ : cache.misses++),
    },
  };
}
