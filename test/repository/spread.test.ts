import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'

// Arguments lie on the stack: some 120,000 of them are a RangeError, and lists from outside can be that long.
const spread = /\.(?:push|unshift|splice|fromCharCode)\((?:[^(){}[\]]*,\s*)?\.\.\.|Math\.(?:max|min)\((?:[^(){}[\]]*,\s*)?\.\.\./

test('no list is spread into the arguments of a call', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.generated.ts'))
  const found = files.flatMap((file) =>
    readFileSync(path.join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        spread.test(line) && !/cluster\.apply\(|\.apply\(\[/.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  )
  expect(found).toEqual([])
})

test('such a call would be noticed', () => {
  for (const line of ['list.push(...more)', 'list.push(first, ...more)', 'Math.max(...all)', 'list.splice(0, 1, ...more)'])
    expect(spread.test(line), line).toBe(true)
  for (const line of ['list.push({ ...one })', 'list.push([...path, ref])']) expect(spread.test(line), line).toBe(false)
})
