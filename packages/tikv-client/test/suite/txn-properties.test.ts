import { describe, test } from "vitest";
import { PROPERTIES } from "../properties/properties.js";
import { describeOnServers } from "../servers/describe-on-servers.js";

// The long form, with as many seeds as wanted: `pnpm --filter tikv-client properties --seeds 1000`.
const SEEDS = [1, 2, 3, 4, 5];

describeOnServers("properties of transactions", { stores: 3, needs: ["split"] }, (server) => {
  describe.each(PROPERTIES)("$name", ({ check }) => {
    test.each(SEEDS)("seed %i", (seed) => check(seed, server));
  });
});
