import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

/** Words that only we would know, or that mean something else to those who know the field -> what the field says. */
const privateWords: readonly (readonly [word: RegExp, instead: string])[] = [
  [/roll-out/i, 'rollout'],
  [/\btold\b/i, 'assigned'],
  [/version says|left the version/i, 'differs from the source, no longer in the source, unchanged'],
  [/\b(?:made|make|makes|making) (?:\w+ )?anew\b/i, 'recreated'],
  [/\bfights?\b/i, 'conflicts'],
  [/\bon (?:its|their) way\b|\b(?:isMoving|MOVING)\b/, 'updating, in progress'],
  [/\bcomes? to rest\b|\bsettled\b/i, 'finished'],
  [/\bstandings?\b|lookAtMember/i, 'target state, classifyMember'],
  [/\bplaceOf\b|\bby place\b/i, 'index'],
  [/\bdark\b|\bout of reach\b/i, 'unreachable'],
  [/\b(?:leaver|joiner)s?\b/i, 'deselected target, new target'],
  [/\bways? back\b|\bgoes? back\b|\bisReturn\b|\bexpress\b/i, 'rollback, fast rollback'],
  [/\bsuccession\b|\bletsGo\b/, 'supersession, canReplace'],
  [/\bCourse\b|\bcourseOf\b|\bsortOut\b|\blayOut\b|\bRound\b/, 'mode, classifyResults, assignStages, tick'],
  [/\bopenings?\b|\bClosures?\b|\bledger\b|\bAccount\b/i, 'windows, blackout, shared budgets, usage'],
  [/\bcircles?\b|\bknots?\b|\bculprits?\b/i, 'cycle, blocker'],
  [/\b(?:Repositories|Versions|GitBackend)\b(?= [({]|\()/, 'GitAdapter, RevisionFetcher, GitTransport'],
  [/\bServed(?:Type)?\b|\bAsked\b|\brefusals?\b/, 'ServedResource, request, error response'],
  [/\bovertaken\b|\brecordAhead\b|\bSyncRecords\b|\btrialOf\b/i, 'stale, saveInventoryFirst, StatusStore, dryRunCopy'],
  [
    /\bmaxSyncNameLength\b|\b(?:interface|type|class) \w+(?:Settings|Init|Query|Select)\b|\bSettings of\b/,
    'maxNameLength, …Options, …Input',
  ],
  [/\b(?:nobody|somebody|whoever)\b/i, 'no one else, another manager, the caller'],
  [/\b(?:doors?|house|walls?|trespass\w*)\b/i, 'entry points, architecture, import rules, violation'],
]

const files = globSync(['src/**/*.{ts,md}', 'test/**/*.{ts,json}', '{docs,examples,bench,etc,scripts}/**/*.{ts,md}', '*.md', '*.mjs'], {
  cwd: root,
})
  .filter((file) => file !== 'test/repository/words.test.ts' && !file.startsWith('docs/api/'))
  .sort()

describe('the words of the field', () => {
  test('there is text to read', () => expect(files.length).toBeGreaterThan(300))
  test.each(privateWords)('not %s, but: %s', (word) => {
    const found = files.flatMap((file) =>
      readFileSync(path.join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => (word.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })
})
