import {expect, test} from 'vitest'
import {readFile} from 'node:fs/promises'
import {pages} from '../../scripts/docs.ts'

test.each(Object.entries(pages))('%s says what the source says', async (path, page) => {
  const written = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
  // To write it again: sh scripts/node.sh scripts/docs.ts
  expect(written).toBe(page())
})
