import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { keep, patient, sees, signIn } from '../rigs/browser.ts'
import { token } from '../rigs/gateway.ts'
import { furnish } from './furnish.ts'
import { browserStories, chatPath, lines } from './world.ts'

/** What sticks out at the right of the window. */
function overflow(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page'] : []
    for (const element of document.querySelectorAll('main, main *, dialog[open], nav'))
      if (element.checkVisibility() && element.scrollWidth > element.clientWidth + 1 &&
        /auto|scroll/.test(getComputedStyle(element).overflowX) && !element.closest('pre'))
        wide.push(element.tagName + '.' + element.className)
    return wide
  })()`)
}

browserStories('the console', ({ pair, visit, signedIn }) => {
  test('speaks the language of the browser, and the other one when asked, also after a reload', async () => {
    const { gateway } = await pair()
    const page = await signedIn(gateway, { locale: 'zh-CN' })
    const language = () => page.evaluate<string>('document.documentElement.lang')
    await page.getByRole('heading', { name: '设备', level: 1 }).waitFor()
    expect(await language()).toBe('zh-CN')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor()
    await expect.poll(language, patient).toBe('en')
    await page.reload()
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor()
    expect(await page.title()).toBe('Devices · Hongyan')
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByRole('heading', { name: '设备', level: 1 }).waitFor()
    await expect.poll(() => page.title(), patient).toBe('设备 · 鸿雁')
  })

  test('is dark where the system is', async () => {
    const all = await pair()
    await furnish(all)
    const ground = (page: Page) =>
      page.evaluate<number>(`(() => {
        const channels = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number)
        return channels.slice(0, 3).reduce((sum, channel) => sum + channel, 0) / 3
      })()`)
    const path = chatPath(all.swan, all.goose.wxid)
    const dark = await signedIn(all.gateway, { colorScheme: 'dark', path })
    await sees(dark, 'a word')
    expect(await ground(dark)).toBeLessThan(80)
    await keep(dark, 'chat-dark')
    const light = await signedIn(all.gateway, { colorScheme: 'light', path })
    await sees(light, 'a word')
    expect(await ground(light)).toBeGreaterThan(200)
    await keep(light, 'chat-light')
  })

  test.each([320, 390])(
    'fits a phone of %i pixels: nothing sticks out, list and chat one at a time',
    async (width) => {
      const all = await pair()
      await furnish(all)
      const { gateway, swan } = all
      const page = await visit(gateway, { viewport: { width, height: 700 } })
      await page.getByLabel('Token').waitFor()
      expect(await overflow(page)).toEqual([])
      await signIn(page)
      await sees(page, 'Swan')
      expect(await overflow(page)).toEqual([])
      await keep(page, `phone-${width}-devices`)
      await page.getByRole('button', { name: 'Add a device' }).click()
      await page.getByRole('dialog').waitFor()
      expect(await overflow(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('link', { name: 'Callbacks' }).click()
      await page.getByRole('row').or(page.getByRole('cell')).filter({ hasText: 'HTTP 503' }).first().waitFor()
      expect(await overflow(page)).toEqual([])
      await keep(page, `phone-${width}-callbacks`)

      await page.getByRole('link', { name: 'Devices' }).click()
      await page.getByRole('link', { name: 'Open chats Swan' }).click()
      const list = page.getByRole('navigation', { name: 'Conversations' })
      await list.waitFor()
      expect(await lines(page).filter({ visible: true }).count()).toBe(0)
      expect(await overflow(page)).toEqual([])
      await keep(page, `phone-${width}-list`)
      await list.getByRole('link', { name: /^Goose/ }).click()
      await lines(page).filter({ hasText: 'a word' }).waitFor()
      expect(await list.isVisible()).toBe(false)
      expect(await overflow(page)).toEqual([])
      await keep(page, `phone-${width}-chat`)
      await page.getByRole('button', { name: 'Video', exact: true }).click()
      await page.getByRole('dialog').waitFor()
      expect(await overflow(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('link', { name: 'Back to the conversations' }).click()
      await list.waitFor()
      expect(page.url()).toBe(`${gateway.baseUrl}/console${chatPath(swan)}`)
    },
  )

  test('is used by keyboard alone: sign in, open a chat, send a text, withdraw it', async () => {
    const { gateway, swan, goose, say } = await pair()
    await say(goose, swan.wxid, 'write to me')
    const page = await visit(gateway)
    await tabTo(page, page.getByLabel('Token'))
    await page.keyboard.type(token)
    await page.keyboard.press('Enter')
    const chats = page.getByRole('link', { name: 'Open chats Swan' })
    await chats.waitFor()
    await tabTo(page, chats)
    await page.keyboard.press('Enter')
    const conversation = page.getByRole('link', { name: /write to me/ })
    await conversation.waitFor()
    await tabTo(page, conversation)
    await page.keyboard.press('Enter')
    await lines(page).filter({ hasText: 'write to me' }).waitFor()
    await tabTo(page, page.getByRole('textbox', { name: 'Message to Goose' }))
    await page.keyboard.type('without a mouse')
    await page.keyboard.press('Enter')
    await lines(page).filter({ hasText: 'without a mouse' }).waitFor()
    const more = page.getByRole('button', { name: 'More about: without a mouse' })
    await tabTo(page, more, 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Withdraw' }).waitFor()
    await page.keyboard.press('Enter')
    await lines(page).getByText('You withdrew a message').waitFor()
  })

  test('a dialog holds the focus, Escape closes it, and the focus is back where it was', async () => {
    const { gateway } = await pair()
    const page = await signedIn(gateway)
    const opener = page.getByRole('button', { name: 'Add a device' })
    await tabTo(page, opener)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Add a device' })
    await dialog.waitFor()
    for (let count = 0; count < 12; count += 1) {
      const inside =
        'document.activeElement === document.body || document.activeElement.closest("dialog") !== null'
      expect(await page.evaluate(inside)).toBe(true)
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => isFocused(opener), patient).toBe(true)
  })
})

const isFocused = (element: Locator): Promise<boolean> => element.evaluate((each) => each.matches(':focus'))

/** Presses the key until the element has the focus, and that can be seen. */
async function tabTo(page: Page, element: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    if (await isFocused(element)) {
      expect(await element.evaluate((each) => each.matches(':focus-visible'))).toBe(true)
      return
    }
    await page.keyboard.press(key)
  }
  throw new Error(`the focus never came to ${element}`)
}
