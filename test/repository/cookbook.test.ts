import { describe, expect, test } from 'vitest'
import { readRecipes, runRecipes } from '../../scripts/cookbook.ts'

describe('every recipe of the cookbook prints what it says', () => {
  const recipes = readRecipes()
  const printed = runRecipes(recipes)

  test('there are twenty', () => {
    expect(recipes.map(({ title }) => Number.parseInt(title, 10))).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test.each(recipes.map(({ title, output }, index) => [title, output, printed[index]] as const))('%s', (_, said, is) => {
    expect(is).toBe(said)
    expect(said.length).toBeGreaterThan(20)
  })
})
