/** Whether a file is what `kustomize build` begins with, by its name. */
export function isKustomizationFile(path: string): boolean {
  return /(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(path)
}

/** Whether a directory is for kustomize, by the files below it: there is a kustomization in it, or deeper down. */
export function isKustomization(files: readonly string[], path: string): boolean {
  const prefix = path === '' ? '' : `${path}/`
  return files.some((file) => file.startsWith(prefix) && isKustomizationFile(file) && !/(^|\/)\./.test(file.slice(prefix.length)))
}
