/**
 * Writes the public API of each entry point to etc/, where a change of it shows in review. `--check` writes nothing and
 * fails when a report is not current. Needs a build.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IExtractorConfigPrepareOptions } from '@microsoft/api-extractor'
import { entryPoints, root } from './entry-points.ts'

const check = process.argv.includes('--check')
const reportFolder = path.join(root, 'etc')
const temporaryFolder = mkdtempSync(path.join(tmpdir(), 'fleetkit-api-'))
const none = { logLevel: ExtractorLogLevel.None }

function prepare(mainEntryPointFilePath: string, reportFileName: string): ExtractorConfig {
  const options: IExtractorConfigPrepareOptions = {
    packageJsonFullPath: path.join(root, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: { target: 'es2024', module: 'nodenext', strict: true, skipLibCheck: true, types: ['node'] },
          files: [mainEntryPointFilePath],
        },
      },
      apiReport: { enabled: true, reportFileName, reportFolder: temporaryFolder, reportTempFolder: path.join(temporaryFolder, 'new') },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      // Missing docstrings and types that are not exported are for typedoc to find, over all entry points at once.
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: none },
        tsdocMessageReporting: { default: none },
      },
    },
  }
  return ExtractorConfig.prepare(options)
}

try {
  mkdirSync(reportFolder, { recursive: true })
  const reports = new Set<string>()
  for (const { name, types } of entryPoints()) {
    const report = `${name.replaceAll('/', '-')}.api.md`
    reports.add(report)
    const result = Extractor.invoke(prepare(types, report), {
      localBuild: true,
      showVerboseMessages: false,
      messageCallback: (message) => {
        // Of the messages only errors matter here, not where the temporary report lies.
        if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true
      },
    })
    if (!result.succeeded) process.exitCode = 1
    const [made, kept] = [path.join(temporaryFolder, report), path.join(reportFolder, report)]
    if (!check) copyFileSync(made, kept)
    else if (!existsSync(kept) || readFileSync(kept, 'utf8') !== readFileSync(made, 'utf8')) stale(report)
  }
  for (const file of readdirSync(reportFolder).filter((file) => file.endsWith('.api.md') && !reports.has(file))) {
    if (check) stale(file)
    else rmSync(path.join(reportFolder, file))
  }
} finally {
  rmSync(temporaryFolder, { recursive: true, force: true })
}

function stale(report: string): void {
  console.error(`etc/${report} is not the public API: run \`npm run api\`, look at the difference, and commit it`)
  process.exitCode = 1
}
