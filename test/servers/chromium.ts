import { accessSync, constants } from 'node:fs'
import path from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Where Chromium is: what `FLEETKIT_CHROMIUM` names or, without it, on the path. */
export function findChromium(): string | undefined {
  const { FLEETKIT_CHROMIUM: given, PATH = '' } = process.env
  if (given) return isProgram(given) ? given : undefined
  const folders = PATH.split(path.delimiter)
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
