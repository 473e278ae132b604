import { describeValue, fieldPath, type Problem } from '../errors/problem.ts'

/** How deep a value may be nested; parsers of YAML and JSON have such a limit too. */
const maxDepth = 200

/** What in `value` is not JSON: functions, infinities, dates and other objects that are more than their fields, cycles. */
export function jsonProblems(value: unknown, path: string, parents: readonly unknown[] = []): readonly Problem[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return []
  const isList = Array.isArray(value)
  if (!isList && Object.prototype.toString.call(value) !== '[object Object]')
    return [
      {
        path,
        found: describeValue(value),
        accepted: typeof value === 'bigint' ? 'JSON: a number, or what exactInteger makes of it' : 'JSON',
      },
    ]
  if (parents.includes(value)) return [{ path, found: 'a value that contains itself', accepted: 'JSON' }]
  if (parents.length === maxDepth) return [{ path, found: `more than ${maxDepth} levels`, accepted: `at most ${maxDepth}` }]
  const below = [...parents, value]
  if (isList) return value.flatMap((item, index) => jsonProblems(item, `${path}[${index}]`, below))
  const fields = Object.entries(value as object).filter(([, field]) => field !== undefined)
  return fields.flatMap(([key, field]) => jsonProblems(field, fieldPath(path, key), below))
}
