import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type TestGateway, token } from './gateway.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
export const isBrowserAtHand = browserPath !== undefined
if (!isBrowserAtHand) console.log('No Chromium is at hand: the console was not tested in a browser.')

const pages = fileURLToPath(new URL('../../dist/web/index.html', import.meta.url))

/** Milliseconds that one step in a browser may take on a slow machine. */
export const patience = 20_000
/** For `expect.poll`. */
export const patient = { timeout: patience }

export interface VisitOptions {
  readonly locale?: 'en-US' | 'zh-CN'
  readonly colorScheme?: 'light' | 'dark'
  readonly viewport?: { readonly width: number; readonly height: number }
  /** The token to sign in with; the rig's own unless given. */
  readonly as?: string
}

export interface BrowserRig {
  /** A page of the console, of nobody yet, in a browser profile of its own. @param path below `/console` */
  visit(gateway: TestGateway, options?: VisitOptions & { readonly path?: string }): Promise<Page>
  /** The same, signed in as a person does it. */
  signedIn(gateway: TestGateway, options?: VisitOptions & { readonly path?: string }): Promise<Page>
}

/** What a page complained of, and what its test said it would. */
interface Watched {
  readonly context: BrowserContext
  readonly problems: string[]
  readonly expected: RegExp[]
}

const watched = new WeakMap<Page, Watched>()

/** Complaints of this page that the test causes itself. */
export function expectProblems(page: Page, ...patterns: RegExp[]): void {
  watched.get(page)?.expected.push(...patterns)
}

/** A connection that is not there: what Chromium says of it. */
export const lostConnection = /net::ERR_|Failed to fetch/

/**
 * One Chromium for the suite it is called in. After each test its pages close, and any uncaught error, console error
 * (a breach of the page's policy is one) or request to another origin that was not expected fails the test.
 */
export function useBrowser(): BrowserRig {
  let browser: Browser | undefined
  const open: Watched[] = []
  beforeAll(async () => {
    if (!existsSync(pages)) throw new Error('the pages are not built: npm run build')
    const quiet = ['--disable-gpu', '--disable-background-networking', '--disable-component-update']
    const args = ['--no-sandbox', '--disable-sync', '--autoplay-policy=no-user-gesture-required', ...quiet]
    browser = await chromium.launch({ executablePath: browserPath ?? '', args })
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    const ended = open.splice(0)
    for (const { context } of ended) await context.close()
    for (const { problems, expected } of ended)
      expect(problems.filter((problem) => !expected.some((pattern) => pattern.test(problem)))).toEqual([])
  })

  const visit: BrowserRig['visit'] = async (gateway, { path = '', as: _, ...options } = {}) => {
    if (!browser) throw new Error('the browser has not started')
    const settings: BrowserContextOptions = { locale: 'en-US', reducedMotion: 'reduce', ...options }
    const context = await browser.newContext({ baseURL: gateway.baseUrl, ...settings })
    context.setDefaultTimeout(patience)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    const page = await context.newPage()
    const watch: Watched = { context, problems: [], expected: [] }
    open.push(watch)
    watched.set(page, watch)
    const own = gateway.baseUrl
    page.on('pageerror', (error) => watch.problems.push(`uncaught ${error.message}`))
    page.on('console', (said) => {
      if (said.type() === 'error') watch.problems.push(`${said.text()} (${said.location().url})`)
    })
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url())
      if (origin !== own && !/^(data|blob):$/.test(protocol)) watch.problems.push(`asked ${request.url()}`)
    })
    await page.goto(`/console${path}`)
    return page
  }

  const signedIn: BrowserRig['signedIn'] = async (gateway, options = {}) => {
    const page = await visit(gateway, options)
    await signIn(page, options.as)
    return page
  }
  return { visit, signedIn }
}

/** Fills the sign-in page in, in either language. */
export async function signIn(page: Page, as = token): Promise<void> {
  await page.getByLabel(/^token$/i).fill(as)
  await page.getByRole('button', { name: /^(Sign in|登录)$/ }).click()
  await page.getByRole('navigation', { name: /^(Main|主导航)$/ }).waitFor()
}

/** Waits until an element with this text is there to be seen. */
export async function sees(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor()
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface AxeResult {
  readonly violations: readonly {
    readonly id: string
    readonly help: string
    readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[]
  }[]
}

/** axe finds nothing on the page as it stands, neither in light nor in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await page.evaluate<AxeResult>(
      `axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(rules)} } })`,
    )
    const found = violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}\n  ${target.join(' ')}\n  ${failureSummary}`),
    )
    if (found.length > 0) throw new Error(`axe on ${page.url()}, ${colorScheme}:\n${found.join('\n')}`)
  }
}

const screenshots = fileURLToPath(new URL('../../test-output/screenshots/', import.meta.url))

/** Keeps how the page looks, for people: `test-output/screenshots/<name>.png`. */
export async function keep(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${screenshots}${name}.png` })
}
