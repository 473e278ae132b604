/**
 * Why a target is started: its stage's turn, a later stage is open already, another try, the first version of a new target, or what it
 * had before a halt.
 */
export type StartCause = 'stage' | 'catch-up' | 'retry' | 'baseline' | 'revert'

/** Why a module is removed: it is to be gone, it no longer selects the target, or the target had none before. */
export type RemovalCause = 'absent' | 'deselected' | 'revert'
