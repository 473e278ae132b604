/** Takes docs/images/fleet-page.png, the picture in the README: the page of examples/page in the middle of its rollout. Needs Chromium, as the tests of pages do. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'

const folder = mkdtempSync(path.join(tmpdir(), 'fleetkit-picture-'))
try {
  const file = path.join(folder, 'fleet.html')
  execFileSync(process.execPath, ['--conditions=fleetkit:source', 'examples/page/main.ts', file], { stdio: 'inherit' })
  const browser = await chromium.launch({
    executablePath: process.env.FLEETKIT_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  })
  const page = await browser.newPage({ viewport: { width: 860, height: 500 }, colorScheme: 'light' })
  await page.goto(pathToFileURL(file).href)
  await page.locator('#groups caption').first().waitFor()
  await page.getByLabel('Group by').selectOption('region')
  const slider = page.getByRole('slider')
  const last = Number(await slider.getAttribute('max'))
  await slider.fill(String(Math.round(last * 0.62)))
  // One that has failed says why.
  await page.getByRole('application').focus()
  await page.keyboard.press('f')
  await page.screenshot({ path: 'docs/images/fleet-page.png' })
  await browser.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
