/** What must hold after every write, whatever fails. */
export type Invariant =
  /** What carries the labels of a Sync is in its recorded inventory. */
  | 'write-ahead'
  /** What belongs to no one, or to another Sync that wants it, is neither written nor deleted. */
  | 'ownership'
  /** No object is deleted but the one that was looked at. */
  | 'uid'
  /** Kinds are deleted in the reverse of their order, and nothing before what depends on it. */
  | 'order'
  /** A ProxySync is ready where its Sync has said so of what is wanted now, and it was true then. */
  | 'echo'
  /** What a ProxySync keeps goes with it, or is left to no one. */
  | 'removal'
  /** A status claims no generation or revision that was not attempted. */
  | 'generation'
  /** A tag is the commit that it was first admitted as. */
  | 'exactness'
  /** What is written is of the revision that the status says is being attempted. */
  | 'version'
  /** Nothing arrives of a manager once its successor has written. */
  | 'fencing'
  /** A manager that knows that the cluster is suspended begins nothing there. */
  | 'suspension'
  /** When the faults end, everything comes to what is wanted. */
  | 'convergence'

export interface Violation {
  readonly invariant: Invariant
  readonly message: string
}
