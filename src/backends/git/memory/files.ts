/** The content of one file. A text or bytes is a plain file. */
export type GitFile =
  | string
  | Uint8Array
  | { readonly executable: string | Uint8Array }
  | { readonly link: string }
  | { readonly submodule: string }

/** All files of a commit, by path with `/`. */
export type GitFiles = Readonly<Record<string, GitFile>>
