// The import rules: which folder of src/ may import which. test/repository/import-rules.test.ts proves that each rule fires.

const memory = ['backends/memory', 'backends/store/memory', 'backends/cluster/memory', 'backends/git/memory', 'backends/renderer/memory']
/** Folder -> the folders that it may import besides itself. */
const mayImport = {
  model: [],
  graph: ['model'],
  rollout: ['model'],
  manifest: ['model'],
  plan: ['model', 'graph', 'rollout', 'manifest'],
  views: ['model', 'graph', 'rollout', 'manifest', 'plan', 'observe/events'],
  ports: ['model'],
  async: ['model', 'ports'],
  observe: ['model', 'ports'],
  engine: ['model', 'graph', 'rollout', 'manifest', 'plan', 'views', 'ports', 'async', 'observe'],
  backends: ['model', 'manifest', 'ports', 'async'],
  testing: [
    'model',
    'graph',
    'rollout',
    'manifest',
    'plan',
    'views',
    'ports',
    'async',
    'observe',
    'engine',
    'backends/store/lease',
    ...memory,
  ],
}
const pure = '^src/(model|graph|rollout|manifest|plan|views)/'
/** The one file of the engine that names backends: the renderers that a Sync has when it is given none. */
const lazy = '^src/engine/attempt/source/default-renderers\\.ts$'
const heavy = 'node_modules/(@kubernetes/client-node|undici)/'
const packages = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown']

const folders = Object.entries(mayImport).map(([folder, others]) => ({
  name: `${folder}-imports`,
  comment: `${folder} imports ${['itself', ...others].join(', ')} and nothing else of src/.`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: lazy },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})(/|\\.ts$)` },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...folders,
    {
      name: 'engine-parts',
      comment: 'What carries controllers and what applies one revision know nothing of each other, nor of a kind.',
      severity: 'error',
      from: { path: '^src/engine/(runtime|attempt)/' },
      to: { path: '^src/engine/', pathNot: '^src/engine/$1/' },
    },
    {
      name: 'engine-kinds',
      comment:
        'The controller of a kind stands on runtime, attempt, object and dependencies, and reaches other clusters through engine/cluster alone.',
      severity: 'error',
      from: { path: '^src/engine/([^/]+)/', pathNot: '^src/engine/(runtime|attempt)/' },
      to: { path: '^src/engine/', pathNot: '^src/engine/($1|runtime|attempt|object|cluster|dependencies)/' },
    },
    {
      name: 'model-kinds',
      comment:
        'A kind knows its own schema; the types of what several have alike are those of Sync, Module or Assemblage, and a ProxySync holds a whole Sync, a RemoteAssemblage a whole Assemblage, a BootstrapModule is a Module.',
      severity: 'error',
      from: { path: '^src/model/kinds/([^/]+)/', pathNot: '^src/model/kinds/(proxy-sync|remote-assemblage|bootstrap-module)/' },
      to: {
        path: '^src/model/kinds/[^/]+/',
        pathNot: ['^src/model/kinds/$1/', '^src/model/kinds/(sync|module|assemblage)/types\\.generated\\.ts$'],
      },
    },
    {
      name: 'pure-builtins',
      comment: 'What decides does no I/O: no node:* in a pure folder.',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages',
      comment: 'A pure folder uses packages that are pure themselves.',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: packages, pathNot: 'node_modules/(@types/)?(immer|js-yaml|verkit|@bufbuild/cel)/' },
    },
    {
      name: 'facade-imports',
      comment: 'The façade re-exports no backend and nothing for tests; those have their own entry points.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/(backends|testing)/' },
    },
    {
      name: 'facade-is-light',
      comment: 'What only a backend needs cannot be reached from fleetkit, not even lazily.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: heavy, reachable: true },
    },
    {
      name: 'lazy-backends',
      comment: 'The default renderers are loaded when one is needed: only by import().',
      severity: 'error',
      from: { path: lazy },
      to: { path: '^src/backends/', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'testing-stays-outside',
      comment: 'What is for tests is not loaded by anything else.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'declared-packages',
      comment: 'What src/ imports is a dependency that users install too.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-cycles',
      comment: 'Modules that need each other are one module, or have a third that both need.',
      severity: 'error',
      from: { path: '^(src|examples|bench)/' },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['fleetkit:source', 'import', 'node', 'default', 'types'] },
  },
}
