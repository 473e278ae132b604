import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

const planner = /^(?:src\/(?:rollout|graph|plan|model\/kinds\/module)|test\/(?:rollout|graph|plan|vectors)|docs\/planner)/
const anywhere = /^/

/** Words that only we would know, or that mean something else to those who know the field; what to say instead; and where. */
const privateWords: readonly (readonly [word: RegExp, instead: string, where?: RegExp])[] = [
  [/roll-out/i, 'rollout'],
  [/\btold\b/i, 'assigned', planner],
  [/version says|left the version/i, 'differs from the source, no longer in the source, unchanged'],
  [/\b(?:made|make|makes|making) (?:\w+ )?anew\b/i, 'recreated'],
  [/\bfights?\b/i, 'conflicts'],
  [/\bon (?:its|their) way\b|\b(?:isMoving|MOVING)\b/, 'updating, in progress'],
  [/\bcomes? to rest\b/i, 'finished'],
  [/\bsettled\b/i, 'finished', planner],
  [/\bstandings?\b|lookAtMember/i, 'target state, classifyMember'],
  [/\bplaceOf\b|\bby place\b/i, 'index'],
  // A colour scheme is called so by CSS.
  [/(?<!scheme: ?'?(?:light )?)\bdark\b|\bout of reach\b/i, 'unreachable'],
  [/\b(?:leaver|joiner)s?\b/i, 'deselected target, new target'],
  [/\bways? back\b|\bgoes? back\b|\bisReturn\b/i, 'rollback'],
  [/\bexpress\b/i, 'fast rollback', planner],
  [/\bsuccession\b|\bletsGo\b/, 'supersession, canReplace'],
  [/\bCourse\b|\bcourseOf\b|\bsortOut\b|\blayOut\b|\bRound\b/, 'mode, classifyResults, assignStages, tick'],
  [/\bopenings?\b|\bclosures?\b|\bledger\b|\baccount\b/i, 'windows, blackout, shared budgets, usage', planner],
  [/\bcircles?\b|\bknots?\b|\bculprits?\b/i, 'cycle, blocker'],
  [/\bclass (?:Repositories|Versions)\b|\binterface GitBackend\b/, 'GitAdapter, RevisionFetcher, GitTransport'],
  [/\bServed(?:Type)?\b|\bAsked\b|\brefusalError\b/, 'ServedResource, request, error response'],
  [/\bovertaken\b|\brecordAhead\b|\bSyncRecords\b|\btrialOf\b/i, 'stale, saveInventoryFirst, StatusStore, dryRunCopy'],
  [
    /\bmaxSyncNameLength\b|\b(?:interface|type|class) \w+(?:Settings|Init|Query|Select)\b|\bSettings of\b/,
    'maxNameLength, …Options, …Input',
  ],
  [/\b(?:nobody|somebody|whoever)\b/i, 'no one else, another manager, the caller'],
  [/\b(?:doors?|house|walls?(?! (?:time|clock))|trespass\w*)\b/i, 'entry points, architecture, import rules, violation'],
]

const patterns = ['src/**/*.{ts,md}', 'test/**/*.{ts,json,md}', '{docs,examples,bench,etc,scripts}/**/*.{ts,md}', '*.md', '*.mjs']
const files = globSync(patterns, { cwd: root })
  .filter((file) => file !== 'test/repository/words.test.ts' && file !== 'CHANGELOG.md' && !file.startsWith('docs/api/'))
  .sort()

describe('the words of the field', () => {
  test('there is text to read', () => expect(files.length).toBeGreaterThan(300))
  test.each(privateWords.map(([word, instead, where = anywhere]) => ({ word, instead, where })))(
    'not $word, but: $instead',
    ({ word, where }) => {
      const found = files
        .filter((file) => where.test(file))
        .flatMap((file) =>
          readFileSync(path.join(root, file), 'utf8')
            .split('\n')
            .flatMap((line, index) => (word.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
        )
      expect(found).toEqual([])
    },
  )
})
