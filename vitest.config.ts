import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { SOAK } from "./test/soak.js";

/**
 * How long a test may take, and how long it waits for a condition. Both end tests that hang and measure nothing, so that they are long enough for a machine on
 * which eight others work.
 */
const testTimeout = SOAK ? 900_000 : 90_000;
const expectation = { poll: { timeout: 30_000, interval: 10 } };

/** The doors by their public names are the sources: in the tests themselves, and in examples, benchmarks and the programs of guides that a test loads. */
const alias = [
  { find: /^southbound$/, replacement: new URL("src/mod.ts", import.meta.url).pathname },
  { find: "southbound/ofp/text", replacement: new URL("src/ofp/syntax/mod.ts", import.meta.url).pathname },
  { find: /^southbound\/([\w/]+)$/, replacement: new URL("src/$1/mod.ts", import.meta.url).pathname },
];

/** `unit` needs nothing but this package; `interop` talks to real programs. */
export default defineConfig({
  test: {
    pool: "forks",
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          testTimeout,
          hookTimeout: testTimeout,
          expect: expectation,
          // A worker for each core: by itself vitest leaves one to its own process, which has little to do while they run.
          maxWorkers: Math.max(2, availableParallelism()),
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve: { alias },
        test: {
          name: "interop",
          include: ["interop/**/*.test.ts"],
          testTimeout,
          hookTimeout: testTimeout,
          expect: expectation,
          // Each file starts peers of its own in folders of its own; more than two at a time only wait for each other.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
