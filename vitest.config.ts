import { defineConfig } from "vitest/config";

/**
 * Each folder of tests is a project, so that `npx vitest run --project unit` runs one of them.
 * Only unit tests run side by side: the others count faults, start kernels or a browser.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], pool: "forks" } },
      {
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "protocol",
          include: ["test/protocol/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "labs",
          include: ["test/labs/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "assignments",
          include: ["test/assignments/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 200_000,
          hookTimeout: 200_000,
        },
      },
      {
        test: {
          name: "reproduce",
          include: ["test/reproduce/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
