/** Writes docs/permissions.md from the ClusterRoles of `fleetkit/install`. `--check` writes nothing and fails when it is not current. */
import { roles } from 'fleetkit/install'
import { emitGenerated } from './generated-file.ts'

interface Rule {
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const code = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ')
const rows = (rules: readonly Rule[]): string =>
  rules
    .map(
      ({ resources, resourceNames, verbs }) =>
        `| ${code(resources)}${resourceNames ? ` named ${code(resourceNames)}` : ''} | ${code(verbs)} |`,
    )
    .join('\n')
const sections = roles().map(
  ({ metadata: { name }, rules }) => `### ${name}\n\n| Of | May |\n|---|---|\n${rows(rules as readonly Rule[])}\n`,
)

const text = `# Permissions

<!-- Generated from src/plan/install/roles.ts by \`npm run generate\`. -->

\`roles\` of \`fleetkit/install\` makes these ClusterRoles; \`managementObjects\` has them too. \`test/e2e/permissions.test.ts\` asks an API server about each of them and each kind, runs six
controllers, each with its own role and nothing else, and finds by the audit log that every right of those is used.

\`\`\`ts
import { formatYaml } from 'fleetkit'
import { roles } from 'fleetkit/install'

console.log(roles().map(formatYaml).join('---\\n'))
\`\`\`

- **For people**: \`fleetkit-viewer\` is part of the cluster's own \`view\`, so that those who see the objects of a namespace see these. An operator approves of the stages of rollouts, pins
  clusters and pulls the handbrake. An editor writes what is to be applied; an admin also where, and
  approves registrations. Neither is part of \`edit\` or \`admin\`: what a Sync applies is applied with the rights of its controller, so that who may write Syncs may do what that may. A RemoteSync with
  \`spec.serviceAccount\` is applied as that ServiceAccount.
- **For controllers**: bind what a Manager runs, and \`fleetkit-manager\`. Beside that a controller of Syncs needs what the Syncs apply: \`get\`, \`list\`, \`create\`, \`patch\` and \`delete\`; \`update\` where
  objects are taken over from others.
- **In the clusters that are reached**: \`fleetkit-remote\` for the user of the kubeconfig, and what RemoteSyncs apply.
- **For clusters that connect to their management**: \`fleetkit-agent\`, bound by a RoleBinding in the namespace of the cluster. [Registration](registration.md) does that.

A Role of the same rules is enough for a Manager of one namespace.

${sections.join('\n')}`

emitGenerated('docs/permissions.md', text, 'npm run generate')
