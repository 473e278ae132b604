/** Why a target is started: its stage's turn, after being away, once more, a joiner's first version, back to what it had. */
export type StartCause = 'stage' | 'catch-up' | 'retry' | 'baseline' | 'revert'

/** Why a module is removed: it is to be gone, it no longer selects the target, or the target had none before. */
export type RemovalCause = 'absent' | 'deselected' | 'revert'
