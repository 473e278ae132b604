// In one file, since starting a file costs more than the tests in it.
import '../graph/plan.test.ts'
import '../graph/changes.test.ts'
import '../graph/plan-properties.test.ts'
import '../graph/condense.test.ts'
