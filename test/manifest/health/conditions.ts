import fc from 'fast-check'

/** Numbers, texts and truths about an object; some of them about what it has not. */
export const condition: fc.Arbitrary<string> = fc.letrec<{ number: string; text: string; boolean: string; each: string }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      '0',
      '1',
      '2',
      'status.replicas',
      'spec.replicas',
      'metadata.generation',
      'status.observedGeneration',
      'status.nope',
      '1.5',
    ),
    fc.constantFrom('size(status.conditions)', 'size(metadata.name)', 'status.conditions.size()', 'int(status.phase)'),
    fc.tuple(tie('number'), fc.constantFrom('+', '-', '*', '/', '%'), tie('number')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    fc.tuple(tie('boolean'), tie('number'), tie('number')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
  ),
  text: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      "'Running'",
      "''",
      'status.phase',
      'metadata.name',
      'kind',
      'apiVersion',
      'status.currentRevision',
      'status.updateRevision',
    ),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
    fc
      .tuple(tie('text'), fc.constantFrom('lowerAscii()', 'trim()', "replace('n', 'm')", 'substring(1)', 'upperAscii()'))
      .map(([a, f]) => `${a}.${f}`),
    tie('number').map((a) => `string(${a})`),
  ),
  boolean: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      'true',
      'false',
      'spec.suspend',
      'has(status.phase)',
      'has(spec.replicas)',
      'has(status.nope)',
      'has(metadata.deletionTimestamp)',
    ),
    fc.tuple(tie('number'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('number')).map(([a, sign, b]) => `${a} ${sign} ${b}`),
    fc.tuple(tie('text'), fc.constantFrom('==', '!=', '<', '>='), tie('text')).map(([a, sign, b]) => `${a} ${sign} ${b}`),
    fc.tuple(tie('boolean'), fc.constantFrom('&&', '||'), tie('boolean')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
    tie('boolean').map((a) => `!(${a})`),
    fc
      .tuple(tie('text'), fc.constantFrom('startsWith', 'endsWith', 'contains', 'matches'), tie('text'))
      .map(([a, f, b]) => `${a}.${f}(${b})`),
    fc.tuple(tie('text'), tie('text'), tie('text')).map(([a, b, c]) => `${a} in [${b}, ${c}]`),
    fc.tuple(fc.constantFrom('exists', 'all', 'exists_one'), tie('each')).map(([f, each]) => `status.conditions.${f}(c, ${each})`),
    fc
      .tuple(tie('each'), fc.constantFrom('exists', 'all'), tie('each'))
      .map(([a, f, b]) => `status.conditions.filter(c, ${a}).${f}(c, ${b})`),
    tie('each').map((each) => `status.conditions.map(c, ${each}).exists(x, x)`),
    fc.constantFrom(
      "status.conditions[0].type == 'Ready'",
      "status['phase'] == 'Running'",
      "'phase' in status",
      'status.conditions == []',
      'type(kind) == string',
    ),
  ),
  each: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      "c.type == 'Ready'",
      "c.status == 'True'",
      "c.reason != ''",
      'has(c.reason)',
      'c.observedGeneration == metadata.generation',
    ),
    fc.tuple(tie('each'), fc.constantFrom('&&', '||'), tie('each')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
  ),
})).boolean
