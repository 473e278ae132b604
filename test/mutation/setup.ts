import fc from 'fast-check'

// One counterexample is enough, however large; a mutant that nothing notices shall not take long; and the next run shall find the same.
fc.configureGlobal({ seed: 1, endOnFailure: true, interruptAfterTimeLimit: 1000 })
