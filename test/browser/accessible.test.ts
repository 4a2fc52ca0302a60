import { expect, test } from 'vitest'
import { expectAccessible, sees, signIn } from '../rigs/browser.ts'
import { startIlinkServer } from '../rigs/ilink-server.ts'
import { ilinkEnv } from '../rigs/ilink-world.ts'
import { closeDialog, furnish, locales, words } from './furnish.ts'
import { browserStories, chatPath } from './world.ts'

browserStories('axe finds nothing', ({ pair, visit, signedIn, with: keepOpen }) => {
  test.each(locales)('on signing in and the devices (%s)', async (locale) => {
    const rig = keepOpen(await startIlinkServer({ holdMs: 500, qrHoldMs: 100 }))
    const all = await pair({ ...ilinkEnv(rig), HONGYAN_DEFAULT_CHANNEL: 'local' })
    await furnish(all)
    const t = words(locale)
    const page = await visit(all.gateway, { locale })
    await page.getByLabel(/^token$/i).fill('wrong')
    await page.getByRole('button', { name: t('登录', 'Sign in') }).click()
    await page.getByRole('alert').waitFor()
    await expectAccessible(page)
    await signIn(page)
    await sees(page, 'Crane')
    await expectAccessible(page)
    const button = (zh: string, en: string) =>
      page.getByRole('button', { name: t(zh, en), exact: true }).first()
    await button('改名', 'Rename').click()
    await expectAccessible(page)
    await closeDialog(page)
    await button('退出登录', 'Log out').click()
    await expectAccessible(page)
    await closeDialog(page)
    await button('添加设备', 'Add a device').click()
    await expectAccessible(page)
    await page.getByRole('radio', { name: new RegExp(t('^微信', '^WeChat')) }).check()
    await button('下一步', 'Next').click()
    await page.getByRole('dialog').getByRole('img').waitFor()
    await expectAccessible(page)
    await closeDialog(page)
  })

  test.each(locales)('on the callbacks and an event (%s)', async (locale) => {
    const all = await pair()
    await furnish(all)
    const t = words(locale)
    const page = await signedIn(all.gateway, { locale, path: '/callbacks' })
    await page.getByRole('cell', { name: 'HTTP 503' }).first().waitFor()
    await expectAccessible(page)
    await page
      .getByRole('button', { name: new RegExp(t('的事件详情$', '^Details of the event')) })
      .first()
      .click()
    await page.getByRole('dialog').getByText('HTTP 503').first().waitFor()
    await expectAccessible(page)
    await closeDialog(page)
  })

  test('on a phone: devices, conversations, a chat, callbacks', async () => {
    const all = await pair()
    await furnish(all)
    const page = await signedIn(all.gateway, { viewport: { width: 360, height: 700 } })
    for (const [path, text] of [
      ['/devices', 'Crane'],
      ['/callbacks', 'HTTP 503'],
      [chatPath(all.swan), 'Goose'],
      [chatPath(all.swan, all.goose.wxid), 'a word'],
    ] as const) {
      await page.goto(`/console${path}`)
      await sees(page, text)
      await expectAccessible(page)
    }
  })

  test('where there is nothing to find, and something where there is', async () => {
    const { gateway } = await pair()
    const page = await visit(gateway)
    await page.getByLabel('Token').waitFor()
    await page.evaluate('document.querySelector("label").remove()')
    await expect(expectAccessible(page)).rejects.toThrow(/\nlabel: Form elements must have labels/)
  })
})
