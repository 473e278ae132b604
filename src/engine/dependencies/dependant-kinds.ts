/** The kinds whose objects can depend on others. */
export const dependantKinds = ['Sync', 'RemoteSync', 'ProxySync'] as const
export type DependantKind = (typeof dependantKinds)[number]
