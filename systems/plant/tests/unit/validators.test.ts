import { describe, expect, test } from 'vitest'
import { type EntityType, validateL0, validateL1 } from '../../src/index.ts'
import { embeddingAt } from '../support/embedding.ts'

const id = '00000000-0000-4000-8000-000000000000'
const valid: { readonly [Type in EntityType]: object } = {
  Skill: { name: 'SQL', description: 'd', category: 'technical', embedding384: embeddingAt(0) },
  JobRole: { name: 'DBA', description: 'd', requiredSkills: [id], seniorityLevel: 'senior' },
  Team: { name: 'Data', description: 'd', agents: [id], jobRoleId: id },
  Agent: { name: 'Ada', skillId: id, jobRoleId: id, industryId: id },
  Industry: { name: 'Farming', description: 'd' },
}
const types: readonly EntityType[] = ['Skill', 'JobRole', 'Team', 'Agent', 'Industry']
const l0 = {
  governanceAgentId: 'genesis',
  amendmentHistory: [{}],
  appendOnly: true,
  hashChainSha256: ['a'],
  versionHash: 'a',
}

function fieldsOf({ findings }: { readonly findings: readonly { readonly field: string }[] }): string[] {
  return findings.map(({ field }) => field)
}

describe('L0', () => {
  test('is content with an entity that is governed and has a history', () => {
    expect(validateL0(l0)).toEqual({ valid: true, findings: [] })
  })

  test.each([
    ['governanceAgentId', ' '],
    ['amendmentHistory', {}],
    ['appendOnly', false],
    ['hashChainSha256', []],
    ['versionHash', ''],
  ])('finds a wrong %s', (field, value) => {
    expect(fieldsOf(validateL0({ ...l0, [field]: value }))).toEqual([field])
  })

  test.each([null, undefined, 1, 'text', []])('finds that %j is no entity, and does not throw', (value) => {
    expect(validateL0(value).valid).toBe(false)
  })
})

describe('L1', () => {
  test.each(types)('is content with a whole %s', (type) => {
    expect(validateL1(type, valid[type])).toEqual({ valid: true, findings: [] })
  })

  test.each<[EntityType, string, unknown]>([
    ['Skill', 'name', ' '],
    ['Skill', 'name', 'x'.repeat(256)],
    ['Skill', 'description', ''],
    ['Skill', 'category', 'magic'],
    ['Skill', 'embedding384', [1, 2]],
    ['JobRole', 'requiredSkills', []],
    ['JobRole', 'seniorityLevel', 'boss'],
    ['JobRole', 'name', ''],
    ['Team', 'agents', []],
    ['Team', 'jobRoleId', null],
    ['Agent', 'skillId', undefined],
    ['Agent', 'jobRoleId', 'me'],
    ['Agent', 'industryId', undefined],
    ['Industry', 'name', undefined],
  ])('finds a %s with a wrong %s', (type, field, value) => {
    expect(fieldsOf(validateL1(type, { ...valid[type], [field]: value }))).toEqual([field])
  })

  test('finds fields that nobody knows', () => {
    expect(validateL1('Industry', { ...valid.Industry, nam: 'x' })).toMatchInlineSnapshot(`
      {
        "findings": [
          {
            "field": "",
            "message": "Unrecognized key: "nam"",
          },
        ],
        "valid": false,
      }
    `)
  })

  test.each(types)('finds that nothing is no %s, and does not throw', (type) => {
    expect(validateL1(type, undefined).valid).toBe(false)
  })
})
