/** The script of a fleet's page: shows what the page carries. */
import { ClusterText } from './cluster-text.ts'
import { ClustersTable } from './clusters-table.ts'
import { Cursor } from './cursor.ts'
import { FleetOverTime } from './fleet-over-time.ts'
import { GroupsTable } from './groups-table.ts'
import { Layout } from './layout.ts'
import { loadBytes } from './load.ts'
import { drawLegend, Picture } from './picture.ts'
import { searchClusters } from './search.ts'
import { byId, element, timeText } from './text.ts'
import { type Columns, type Grouping, unpack } from './unpack.ts'

/** A label with more values than these parts the clusters too much to be looked at. */
const mostValues = 200

function show(columns: Columns): void {
  const title = element('h1', columns.title).textContent
  document.title = title
  byId('title').textContent = title
  const fleet = new FleetOverTime(columns)
  fleet.goTo(columns.times.length - 1)
  const [grid, area] = [byId<HTMLCanvasElement>('grid'), byId('fleet')]
  let grouping = columns.groupings[0] as Grouping
  let width = area.clientWidth
  let layout = new Layout(grouping, width)
  let groups = new GroupsTable(byId<HTMLTableElement>('groups'), fleet, grouping)
  const picture = new Picture(grid, fleet, layout, width)
  const clusters = new ClustersTable(byId<HTMLTableElement>('clusters'), fleet)
  const text = new ClusterText(fleet, () => area.focus())
  const cursor = new Cursor(area, fleet, layout, (row) => text.open(row))
  const drawAll = (): void => {
    width = area.clientWidth
    layout = new Layout(grouping, width)
    picture.drawAll(layout, width)
    cursor.update(layout)
  }
  // What is drawn changes the height itself.
  new ResizeObserver(() => {
    if (area.clientWidth !== width) drawAll()
  }).observe(area)
  const colours = (): void => {
    drawLegend(byId('legend'))
    drawAll()
  }
  matchMedia('(prefers-color-scheme: light)').addEventListener('change', colours)
  colours()
  chooseGrouping(columns, (chosen) => {
    grouping = chosen
    groups = new GroupsTable(byId<HTMLTableElement>('groups'), fleet, grouping)
    drawAll()
  })
  searchClusters(columns.ids, (row) => text.open(row))
  slide(fleet, (rows) => {
    picture.drawRows(rows)
    groups.update(rows)
    clusters.update(rows)
    cursor.update(layout)
    text.update()
  })
}

function chooseGrouping({ groupings }: Columns, choose: (grouping: Grouping) => void): void {
  const select = byId<HTMLSelectElement>('grouping')
  const offered = groupings.filter(({ values }, index) => index === 0 || values.length <= mostValues)
  select.append(...offered.map(({ name }) => element('option', name)))
  select.addEventListener('change', () => choose(offered[select.selectedIndex] as Grouping))
}

/** The slider over the moments. */
function slide(fleet: FleetOverTime, changed: (rows: readonly number[]) => void): void {
  const [slider, when] = [byId<HTMLInputElement>('time'), byId<HTMLOutputElement>('when')]
  const say = (): void => {
    const time = timeText(fleet.columns, fleet.time)
    when.value = time
    slider.ariaValueText = time
  }
  slider.max = String(fleet.columns.times.length - 1)
  slider.value = slider.max
  slider.addEventListener('input', () => {
    changed(fleet.goTo(slider.valueAsNumber))
    say()
  })
  say()
}

loadBytes(byId('data'))
  .then((bytes) => show(unpack(bytes)))
  .catch((error: unknown) => {
    byId('status').textContent = `This page cannot be shown: ${error}`
  })
