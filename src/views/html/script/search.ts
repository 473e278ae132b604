import { byId, element } from './text.ts'

/** So many clusters are offered. */
const most = 20

/** Offers the clusters whose id has the text in it, and opens the one that is chosen; by Enter the first. */
export function searchClusters(ids: readonly string[], open: (row: number) => void): void {
  const [input, found] = [byId<HTMLInputElement>('search'), byId('found')]
  const lower = ids.map((id) => id.toLowerCase())
  const matching = (): readonly number[] => {
    const text = input.value.trim().toLowerCase()
    if (text === '') return []
    const exact = lower.indexOf(text)
    const rows = exact < 0 ? [] : [exact]
    for (let row = 0; row < lower.length && rows.length <= most; row++) if (row !== exact && lower[row]?.includes(text)) rows.push(row)
    return rows
  }
  input.addEventListener('input', () => {
    const rows = matching()
    const items = rows.slice(0, most).map((row) => {
      const item = element('li')
      const button = element('button', ids[row])
      button.type = 'button'
      button.addEventListener('click', () => open(row))
      item.append(button)
      return item
    })
    if (rows.length > most) items.push(element('li', '…'))
    if (rows.length === 0 && input.value.trim() !== '') items.push(element('li', 'No cluster has this in its id.'))
    found.replaceChildren(...items)
    found.hidden = items.length === 0
  })
  input.addEventListener('keydown', ({ key }) => {
    const [first] = matching()
    if (key === 'Enter' && first !== undefined) open(first)
  })
}
