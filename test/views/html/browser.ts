import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page in the browser, and what went on in it. */
export interface OpenedPage {
  readonly page: Page
  /** The addresses that it has asked for, itself first. */
  readonly requests: readonly string[]
  /** What went wrong in it, by its own word. */
  readonly errors: readonly string[]
}

/** Chromium without a window, which opens files. */
export class PageBrowser implements AsyncDisposable {
  readonly #browser: Browser
  readonly #context: BrowserContext
  readonly #folder: string

  private constructor(browser: Browser, context: BrowserContext, folder: string) {
    this.#browser = browser
    this.#context = context
    this.#folder = folder
  }

  static async start(executablePath: string): Promise<PageBrowser> {
    const folder = await mkdtemp(path.join(tmpdir(), 'fleetkit-page-'))
    const browser = await chromium.launch({ executablePath, args })
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, colorScheme: 'light' })
    return new PageBrowser(browser, context, folder)
  }

  /** Opens a page, and waits until it shows its data; `load`: until it is there. */
  async open(html: string, until: 'shown' | 'load' = 'shown'): Promise<OpenedPage> {
    const file = path.join(this.#folder, 'fleet.html')
    await writeFile(file, html)
    const page = await this.#context.newPage()
    const [requests, errors]: [string[], string[]] = [[], []]
    page.on('request', (request) => requests.push(request.url()))
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    await page.goto(pathToFileURL(file).href)
    if (until === 'shown')
      await page.locator('#groups caption').or(page.locator('#status:not(:empty)')).first().waitFor({ timeout: 10_000 })
    return { page, requests, errors }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
