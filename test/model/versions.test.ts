import fc from 'fast-check'
import { compare, satisfies, valid, validRange } from 'semver'
import { expect, test } from 'vitest'
import { inRange, isDowngrade, isRange } from '../internals.ts'
import { runs } from '../random-tests.ts'

const number = fc.oneof(fc.nat(3), fc.constantFrom('0', '10', '01', '9007199254740993'))
const identifier = fc.oneof(fc.nat(20), fc.constantFrom('rc', 'alpha', 'x', '0a', '00', '-', ''))
const suffix = (sign: string): fc.Arbitrary<string> =>
  fc
    .option(fc.array(identifier, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 2 })
    .map((parts) => (parts ? sign + parts.join('.') : ''))
const part = fc.oneof({ weight: 6, arbitrary: number }, { weight: 1, arbitrary: fc.constantFrom('x', 'X', '*', '') })

const version = fc
  .tuple(fc.constantFrom('', '', '', 'v', '=', ' '), number, number, number, suffix('-'), suffix('+'))
  .map(([before, major, minor, patch, pre, build]) => `${before}${major}.${minor}.${patch}${pre}${build}`)
const partial = fc
  .tuple(part, part, part, fc.nat(3), suffix('-'))
  .map(([major, minor, patch, length, pre]) =>
    length === 3 ? `${major}.${minor}.${patch}${pre}` : [major, minor, patch].slice(0, length).join('.'),
  )
const comparator = fc
  .tuple(fc.constantFrom('', '', '^', '~', '>', '>=', '<', '<=', '=', '~>', '!', '>= ', '^ '), fc.oneof(partial, version))
  .map((texts) => texts.join(''))
const set = fc.oneof(
  { weight: 4, arbitrary: fc.array(comparator, { maxLength: 3 }).map((all) => all.join(' ')) },
  { weight: 1, arbitrary: fc.tuple(partial, partial).map((ends) => ends.join(' - ')) },
)
const range = fc.oneof(
  { weight: 8, arbitrary: fc.array(set, { minLength: 1, maxLength: 3 }).map((sets) => sets.join(' || ')) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
)

test('what a range is, and what lies in it, is as npm has it', () => {
  fc.assert(
    fc.property(version, range, (version, range) => {
      expect({ version, range, isRange: isRange(range), inRange: inRange(version, range) }).toEqual({
        version,
        range,
        isRange: validRange(range) !== null,
        inRange: satisfies(version, range),
      })
    }),
    { numRuns: runs(20_000) },
  )
})

test('which of two versions is older is as npm has it', () => {
  fc.assert(
    fc.property(version, version, (from, to) => {
      const older = valid(from) !== null && valid(to) !== null && compare(to, from) < 0
      expect({ from, to, isDowngrade: isDowngrade(from, to) }).toEqual({ from, to, isDowngrade: older })
    }),
    { numRuns: runs(5000) },
  )
})
