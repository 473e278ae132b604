/** The kinds whose objects can depend on others. */
export const dependantKinds = ['Sync', 'RemoteSync', 'ProxySync', 'RemoteAssemblage'] as const
export type DependantKind = (typeof dependantKinds)[number]
