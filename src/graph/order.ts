import { compareText, sortTexts } from '../model/compare-text.ts'
import type { Ids } from './ids.ts'

/** The ids of the nodes that have a layer, by layer and then by id: a function of the sets of nodes and edges. */
export function idsByLayer(
  layer: Int32Array,
  ids: Ids,
): { readonly order: readonly string[]; readonly layers: readonly (readonly string[])[] } {
  const layers: string[][] = []
  for (let node = 0; node < layer.length; node += 1) {
    const at = layer[node] as number
    if (at < 0) continue
    while (layers.length <= at) layers.push([])
    ;(layers[at] as string[]).push(ids.name(node))
  }
  const sorted = layers.map((list) => (list.length === 1 ? list : sortTexts(list)))
  const order: string[] = []
  for (const list of sorted) for (const id of list) order.push(id)
  return { layers: sorted, order }
}

/** The same as numbers. */
export function numbersByLayer(layer: Int32Array, ids: Ids): readonly number[] {
  const layers: number[][] = []
  for (let node = 0; node < layer.length; node += 1) {
    const at = layer[node] as number
    if (at < 0) continue
    while (layers.length <= at) layers.push([])
    ;(layers[at] as number[]).push(node)
  }
  return layers.flatMap((numbers) => sortByName(numbers, ids))
}

/** Sorts numbers by their ids, in place. */
export function sortByName(numbers: number[], ids: Ids): number[] {
  const compare = (a: number, b: number): number => compareText(ids.name(a), ids.name(b))
  // Mostly nodes are given in the order of their ids.
  const isSorted = numbers.every((number, at) => at === 0 || compare(numbers[at - 1] as number, number) < 0)
  return isSorted ? numbers : numbers.sort(compare)
}
