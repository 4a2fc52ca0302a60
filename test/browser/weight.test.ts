import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { sees, signIn } from '../rigs/browser.ts'
import { browserStories } from './world.ts'

const built = fileURLToPath(new URL('../../dist/web/', import.meta.url))
/** Bytes of JavaScript, gzipped, that may come before the devices are seen. */
const LIMIT = 150 * 1024

browserStories('what the pages weigh', ({ pair, visit }) => {
  test('at most 150 KB of gzipped JavaScript come with the sign-in page and the devices', async () => {
    const { gateway } = await pair()
    const scripts = new Set<string>()
    const page = await visit(gateway)
    // Loaded anew with somebody watching.
    page.on('response', (response) => {
      const { pathname } = new URL(response.url())
      if (pathname.endsWith('.js')) scripts.add(pathname)
    })
    await page.reload()
    await signIn(page)
    await sees(page, 'Swan')
    expect(scripts.size).toBeGreaterThan(0)
    let bytes = 0
    for (const path of scripts) {
      const name = path.replace(/^\/console\//, '')
      const compressed = await readFile(`${built}${name}.gz`)
      bytes += compressed.length
      expect(compressed.length).toBeLessThanOrEqual(gzipSync(await readFile(`${built}${name}`)).length)
    }
    expect(bytes).toBeLessThan(LIMIT)
  })

  test('all comes from the gateway, compressed; files are kept for a year, the page is asked for anew', async () => {
    const { gateway } = await pair()
    const page = await visit(gateway)
    const seen = new Map<string, Record<string, string>>()
    page.on('response', (response) => {
      const { origin, pathname } = new URL(response.url())
      seen.set(pathname, response.headers())
      expect(origin).toBe(gateway.baseUrl)
    })
    await page.reload()
    await signIn(page)
    await sees(page, 'Swan')
    const assets = [...seen].filter(([path]) => path.startsWith('/console/assets/'))
    expect(assets.some(([path]) => path.endsWith('.js'))).toBe(true)
    expect(assets.some(([path]) => path.endsWith('.css'))).toBe(true)
    for (const [path, headers] of assets) {
      expect(headers['cache-control'], path).toBe('public, max-age=31536000, immutable')
      expect(path).toMatch(/-[\w-]{8}\.\w+$/)
      if (/\.(js|css)$/.test(path)) expect(headers['content-encoding'], path).toMatch(/^(br|gzip)$/)
    }
    const document = await page.request.get('/console/devices')
    expect(document.headers()['cache-control']).toBe('no-cache')
    expect(document.headers()['content-security-policy']).toContain("default-src 'none'")
    expect(document.headers()['content-security-policy']).not.toContain('unsafe')
  })
})
