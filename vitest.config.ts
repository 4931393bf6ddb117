import {join} from 'node:path'
import {BaseSequencer, type TestSpecification} from 'vitest/node'
import {defineConfig} from 'vitest/config'

/** By name: the lab's files build on each other's cluster, and the last one takes it down. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1))
  }
}

const real = {fileParallelism: false, testTimeout: 120_000, hookTimeout: 1_200_000}

/** One that somebody left running stays as it is. */
const ownLab = {ANTCTL_LAB: join(import.meta.dirname, '.cache', 'test-lab')}

/** Made by test/kernel/bundle.ts, or the sources. */
const bundles = process.env['ANTCTL_TEST_PROGRAMS']
const kernelTests =
  bundles === undefined
    ? ['test/kernel/**/*.test.ts', 'test/datapath/modes.test.ts']
    : [join(bundles, '**', '*.test.mjs')]

// One project a suite: what needs root and a quiet machine never runs beside what does not.
export default defineConfig({
  test: {
    sequence: {sequencer: ByName},
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/datapath/**', 'test/e2e/**', 'test/long/**', 'test/kernel/**'],
          // A property of thousands of cases must not fail for what else the machine does.
          testTimeout: 60_000,
        },
      },
      {test: {name: 'datapath', include: ['test/datapath/**/*.test.ts'], ...real}},
      {
        test: {
          name: 'kernel',
          include: kernelTests,
          isolate: false,
          ...real,
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/e2e/**/*.test.ts'],
          env: ownLab,
          ...real,
        },
      },
      {test: {name: 'long', include: ['test/long/**/*.test.ts'], env: ownLab, ...real, testTimeout: 3_600_000}},
    ],
  },
})
