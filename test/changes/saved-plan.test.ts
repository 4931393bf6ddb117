import {chmod, mkdtemp, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {readPlanFile, writePlanFile} from '../../src/changes/set-mode/plan-file.ts'
import {drawPlan, type ModeFacts} from '../../src/changes/set-mode/plan.ts'
import {parseSavedPlan, planAgain, savedText} from '../../src/changes/set-mode/saved-plan.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {awsIds, byDefaultRoute, cloudNodes} from './clusters.ts'

const config = 'trafficEncapMode: encap\n'
const facts: ModeFacts = {config, infos: fourAgents, ways: byDefaultRoute(), nodes: cloudNodes(awsIds)}
const wish = {phases: {canary: 2, batch: {percent: 50}}, nodes: ['n1', 'n2']}
const saved = (text: string) => parseSavedPlan(text, 'plan.json')

describe('a saved plan', () => {
  test('is planned again, wishes and all, when all is as it was', () => {
    expect(planAgain(saved(savedText(facts, 'noEncap', {})), facts)).toEqual(drawPlan(facts, 'noEncap'))
    expect(planAgain(saved(savedText(facts, 'hybrid', wish)), facts)).toEqual(drawPlan(facts, 'hybrid', wish))
    const snat = {...facts, config: 'trafficEncapMode: noEncap\n'}
    expect(planAgain(saved(savedText(snat, undefined, {noSNAT: true})), snat).noSNAT).toEqual({from: false, to: true})
  })

  test.each<[string, ModeFacts, RegExp]>([
    [
      'the configuration',
      {...facts, config: `${config}# by somebody\n`},
      /^the plan no longer fits: ConfigMap antrea-c/u,
    ],
    ['a Node', {...facts, infos: fourAgents.slice(1)}, /^the plan no longer fits: Node n1 is gone$/u],
    ['the ways', {...facts, ways: []}, /Node n1: ways without a tunnel was \w+, is not told; Node n2.*and 1 more$/u],
  ])('is refused when %s changed, which is named', (_what, now, sentence) => {
    expect(() => planAgain(saved(savedText(facts, 'noEncap', {})), now)).toThrow(
      expect.objectContaining({code: 'PLAN_OUTDATED', message: expect.stringMatching(sentence)}),
    )
  })

  test('a Node that is drained meanwhile is no change of the facts', () => {
    const nodes = new Map([...cloudNodes(awsIds)].map(([name, node]) => [name, {...node, cordoned: name === 'n2'}]))
    expect(planAgain(saved(savedText(facts, 'noEncap', {})), {...facts, nodes}).nodes[1]?.state).toBe('cordoned')
  })

  test('one in which somebody wrote is refused', () => {
    const text = savedText(facts, 'hybrid', {}).replace('"becomes": "routed"', '"becomes": "fabric"')
    expect(() => planAgain(saved(text), facts)).toThrow(/this antctl would plan it otherwise/u)
  })

  test('whatever else a file holds is no plan', () => {
    for (const text of [
      '',
      '{}',
      'null',
      '[1]',
      savedText(facts, 'hybrid', {}).replace('"version": 1', '"version": 2'),
    ])
      expect(() => saved(text)).toThrow(expect.objectContaining({code: 'PLAN_INVALID'}))
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => saved(text)).toThrow(expect.objectContaining({code: 'PLAN_INVALID'}))
      }),
    )
  })
})

describe('the file of a plan', () => {
  const folder = () => mkdtemp(join(tmpdir(), 'plan-'))
  test('is for its owner alone, and replaces what was there as a whole', async () => {
    const file = join(await folder(), 'plan.json')
    await writeFile(file, 'before')
    await chmod(file, 0o644)
    await writePlanFile(file, 'after')
    expect(await readFile(file, 'utf8')).toBe('after')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readPlanFile(file)).toBe('after')
  })

  test('where it cannot be written a sentence says so, and nothing is left', async () => {
    const place = await folder()
    await expect(writePlanFile(join(place, 'no', 'plan.json'), 'x')).rejects.toMatchObject({
      code: 'FILE',
      message: expect.stringMatching(/^the plan could not be saved, and nothing was changed: ENOENT/u),
    })
    await expect(writePlanFile(place, 'x')).rejects.toMatchObject({code: 'FILE'})
    expect(await readdir(place)).toEqual([])
    await expect(readPlanFile(join(place, 'plan.json'))).rejects.toMatchObject({code: 'FILE'})
  })
})
