import { accessSync, constants } from 'node:fs'
import path from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome']

/** Where Chromium is: `FLEETKIT_CHROMIUM`, or on the path. */
export function findChromium(): string | undefined {
  const { FLEETKIT_CHROMIUM: given, PATH = '' } = process.env
  const folders = PATH.split(path.delimiter)
  return given ?? names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
