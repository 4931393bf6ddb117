import {defineConfig} from 'vitest/config'

// One project a suite: what needs root and a quiet machine never runs beside what does not.
export default defineConfig({
  test: {
    projects: [
      {test: {name: 'unit', include: ['test/**/*.test.{ts,tsx}'], exclude: ['test/datapath/**', 'test/e2e/**']}},
      {
        test: {
          name: 'datapath',
          include: ['test/datapath/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
