import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { patient, sees, signIn } from '../rigs/browser.ts'
import { token } from '../rigs/gateway.ts'
import { browserStories, chatPath } from './world.ts'

/** Everything a script of the page can find of what was typed or opened. */
function traces(page: Page): Promise<string> {
  return page.evaluate<string>(`JSON.stringify([
    document.cookie, { ...localStorage }, { ...sessionStorage }, history.state, location.href,
    performance.getEntriesByType('navigation').map(({ name }) => new URL(name).hash === '' ? '' : 'entered by link'),
    document.documentElement.outerHTML, [...document.querySelectorAll('input')].map((input) => input.value),
  ])`)
}

browserStories('signing in', ({ pair, visit, signedIn }) => {
  test('a wrong token is refused in words, and the right one opens the devices', async () => {
    const { gateway } = await pair()
    const page = await visit(gateway)
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect
      .poll(() => page.getByRole('alert').textContent(), patient)
      .toBe('The token is wrong or was revoked, or the sign-in link is over')
    await signIn(page)
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor()
    await sees(page, 'Swan')
    expect(await page.title()).toBe('Devices · Hongyan')
  })

  test('the token is left nowhere a script could find it', async () => {
    const { gateway } = await pair()
    const page = await signedIn(gateway)
    await sees(page, 'Swan')
    expect(await traces(page)).not.toContain(token)
    const cookies = await page.context().cookies()
    expect(cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toEqual([
      { httpOnly: true, sameSite: 'Strict' },
    ])
    expect(JSON.stringify(cookies)).not.toContain(token)
  })

  test('a sign-in link opens the page it names, and its pass is gone from the address and the history', async () => {
    const { gateway, swan, goose, say } = await pair()
    await say(swan, goose.wxid, 'hello from afar')
    const link = (await gateway.consoleLink(chatPath(swan, goose.wxid))) ?? ''
    const pass = new URL(link).hash.slice('#pass='.length)
    expect(pass.length).toBeGreaterThan(20)
    const page = await visit(gateway)
    const before = await page.evaluate<number>('history.length')
    await page.goto(link)
    await sees(page, 'hello from afar')
    expect(new URL(page.url()).hash).toBe('')
    expect(await page.evaluate<number>('history.length')).toBe(before + 1)
    const found = await page.evaluate<string>(
      'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, history.state, location.href])',
    )
    expect(found).not.toContain(pass)
    // Nobody who goes back finds the pass.
    await page.getByRole('link', { name: 'Devices' }).first().click()
    await page.goBack()
    await sees(page, 'hello from afar')
    expect(page.url()).not.toContain('pass')
  })

  test('a link that is over leads to the sign-in page, which says so', async () => {
    const { gateway } = await pair()
    const page = await visit(gateway, { path: '/devices#pass=pass.tok_none.zzzz.AAAA' })
    await sees(page, 'The token is wrong or was revoked, or the sign-in link is over')
    await signIn(page)
    await sees(page, 'Swan')
  })

  test('signing out ends the session: going back shows nothing, and neither does the old cookie', async () => {
    const { gateway } = await pair()
    const page = await signedIn(gateway)
    await sees(page, 'Swan')
    const [cookie] = await page.context().cookies()
    await page.getByRole('link', { name: 'Callbacks' }).click()
    await page.getByRole('heading', { name: 'Callbacks', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Token').waitFor()
    await page.goBack()
    await page.getByLabel('Token').waitFor()
    expect(await page.getByText('Swan').count()).toBe(0)
    if (!cookie) throw new Error('there was no cookie')
    await page.context().addCookies([cookie])
    await page.goto('/console/devices')
    await page.getByLabel('Token').waitFor()
  })

  test('a session that ends on the server leads back to the sign-in page, and from there to the same place', async () => {
    const { gateway, swan, goose, say } = await pair()
    await say(swan, goose.wxid, 'a first word')
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sees(page, 'a first word')
    const { name, value } = (await page.context().cookies())[0] ?? { name: '', value: '' }
    await fetch(`${gateway.baseUrl}/console/signOut`, {
      method: 'POST',
      headers: { cookie: `${name}=${value}`, 'x-hongyan-console': '1', 'content-type': 'application/json' },
      body: '{}',
    })
    await page.getByRole('link', { name: 'Devices' }).first().click()
    await page.getByLabel('Token').waitFor()
    expect(await page.getByText('a first word').count()).toBe(0)
    await signIn(page)
    await sees(page, 'Swan')
  })
})
