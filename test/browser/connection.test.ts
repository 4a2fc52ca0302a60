import type { Page } from 'playwright-core'
import { afterEach, describe, expect, test } from 'vitest'
import { expectProblems, isBrowserAtHand, lostConnection, sees, useBrowser } from '../rigs/browser.ts'
import { stories } from '../rigs/world.ts'
import { type Line, startLine } from './line.ts'
import { chatPath, lines, pairOn } from './world.ts'

const lost = 'The connection to the gateway is lost; reconnecting…'

async function expectLines(page: Page, words: readonly string[]): Promise<void> {
  await lines(page)
    .filter({ hasText: words.at(-1) ?? '' })
    .waitFor()
  const said = await lines(page).locator('p[dir=auto]').allTextContents()
  expect(said).toEqual(words)
}

describe.skipIf(!isBrowserAtHand)('in a browser', { timeout: 90_000 }, () => {
  stories('a connection that is lost', (world) => {
    const open: Line[] = []
    afterEach(async () => {
      for (const line of open.splice(0)) await line.close()
    })
    const { signedIn } = useBrowser()

    test('is said to be, and what was written meanwhile is there once it is back, once and in order', async () => {
      const { swan, goose, say, gateway } = await pairOn(await world())
      const line = await startLine(gateway.baseUrl)
      open.push(line)
      const page = await signedIn({ ...gateway, baseUrl: line.url }, { path: chatPath(goose, swan.wxid) })
      expectProblems(page, lostConnection)
      await say(swan, goose.wxid, 'zero')
      await expectLines(page, ['zero'])
      line.cut()
      await sees(page, lost)
      for (const words of ['one', 'two', 'three']) await say(swan, goose.wxid, words)
      expect(await lines(page).count()).toBe(1)
      line.mend()
      await expectLines(page, ['zero', 'one', 'two', 'three'])
      await page.getByText(lost).waitFor({ state: 'detached' })
      await say(swan, goose.wxid, 'four')
      await expectLines(page, ['zero', 'one', 'two', 'three', 'four'])
    })

    test('through a restart of the gateway comes back by itself, still signed in', async () => {
      const { swan, goose, say, gateway } = await pairOn(await world())
      const page = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
      expectProblems(page, lostConnection)
      await say(swan, goose.wxid, 'before')
      await expectLines(page, ['before'])
      await gateway.restart({ HONGYAN_PORT: new URL(gateway.baseUrl).port })
      await say(swan, goose.wxid, 'after')
      await expectLines(page, ['before', 'after'])
      await page.getByText(lost).waitFor({ state: 'detached' })
    })

    test('does not lose what is sent on it: the words wait with a way to try again', async () => {
      const { swan, goose, gateway } = await pairOn(await world())
      const line = await startLine(gateway.baseUrl)
      open.push(line)
      const page = await signedIn({ ...gateway, baseUrl: line.url }, { path: chatPath(swan, goose.wxid) })
      const far = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
      expectProblems(page, lostConnection)
      await sees(page, 'No messages yet')
      line.cut()
      await page.getByRole('textbox', { name: 'Message to Goose' }).fill('written in the dark')
      await page.keyboard.press('Enter')
      const outbox = page.getByRole('list', { name: 'Sends under way or failed' })
      await outbox.getByText(/^The gateway did not answer/).waitFor()
      line.mend()
      await outbox.getByRole('button', { name: 'Try again' }).click()
      await expectLines(far, ['written in the dark'])
      await expectLines(page, ['written in the dark'])
    })
  })
})
