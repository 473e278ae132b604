import fc from 'fast-check'

// One counterexample is enough, however large; and a mutant that nothing notices shall not take long.
fc.configureGlobal({ endOnFailure: true, interruptAfterTimeLimit: 300 })
