import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { keep, patient, sees } from '../rigs/browser.ts'
import type { TestDevice, TestGateway } from '../rigs/gateway.ts'
import { browserStories, chatPath, lines } from './world.ts'

const MANY = 1000
/** Below every id that the gateway makes now. */
const FIRST = 1_010_000_000_000_000

/** Puts a long conversation into the database, numbered from 0. */
async function talk(gateway: TestGateway, { appId, wxid }: TestDevice, peer: string): Promise<void> {
  const database = await openDatabase(gateway.databaseUrl, join(gateway.dataDir, 'hongyan.db'))
  try {
    const { token_id } = await database.sql
      .selectFrom('devices')
      .select('token_id')
      .where('app_id', '=', appId)
      .executeTakeFirstOrThrow()
    const rows = Array.from({ length: MANY }, (_, number) => ({
      app_id: appId,
      new_msg_id: FIRST + number,
      msg_id: number + 1,
      token_id,
      direction: number % 3 === 0 ? ('out' as const) : ('in' as const),
      from_wxid: number % 3 === 0 ? wxid : peer,
      to_wxid: number % 3 === 0 ? peer : wxid,
      msg_type: 1,
      content: `No. ${number}`,
      file_id: null,
      state: number % 3 === 0 ? ('sent' as const) : ('received' as const),
      created_at: Date.now() - 86_400_000 + number * 1000,
    }))
    for (let start = 0; start < MANY; start += 500)
      await database.sql
        .insertInto('messages')
        .values(rows.slice(start, start + 500))
        .execute()
  } finally {
    await database.close()
  }
}

browserStories('a conversation', ({ pair, signedIn }) => {
  test('is begun by choosing whom to write to; Enter sends, Shift+Enter breaks the line', async () => {
    const { gateway, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan) })
    const far = await signedIn(gateway, { path: chatPath(goose) })
    await far.getByText(/^No conversations yet/).waitFor()
    await page.getByRole('button', { name: 'New conversation' }).click()
    const dialog = page.getByRole('dialog', { name: 'New conversation' })
    await dialog.getByLabel('Search contacts').fill('goo')
    await dialog.getByRole('button', { name: /Goose/ }).click()
    await page.getByRole('textbox', { name: 'Message to Goose' }).fill('one')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('two')
    expect(await lines(page).count()).toBe(0)
    await page.keyboard.press('Enter')
    await lines(page).filter({ hasText: 'one\ntwo' }).waitFor()
    await far.getByRole('link', { name: /Swan.*one two/ }).click()
    await lines(far).filter({ hasText: 'one\ntwo' }).waitFor()
    expect(await page.getByRole('textbox', { name: 'Message to Goose' }).inputValue()).toBe('')
  })

  test('says on both sides that a message was withdrawn', async () => {
    const { gateway, swan, goose, say } = await pair()
    await say(swan, goose.wxid, 'a slip of the tongue')
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const far = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
    await lines(far).filter({ hasText: 'a slip of the tongue' }).waitFor()
    await lines(page).getByRole('button', { name: 'More about: a slip of the tongue' }).click()
    await page.getByRole('menuitem', { name: 'Withdraw' }).click()
    await lines(page).getByText('You withdrew a message').waitFor()
    await lines(far).getByText('Swan withdrew a message').waitFor()
    for (const each of [page, far]) expect(await each.getByText('a slip of the tongue').count()).toBe(0)
    // What another said cannot be withdrawn.
    await say(goose, swan.wxid, 'what was it')
    await lines(page).getByRole('button', { name: 'More about: what was it' }).click()
    await page.getByRole('menuitem', { name: 'Details' }).waitFor()
    expect(await page.getByRole('menuitem', { name: 'Withdraw' }).count()).toBe(0)
  })

  test('in a chatroom names who said what', async () => {
    const { gateway, swan, goose, say, named } = await pair()
    const crane = await named('Crane')
    const body = { appId: swan.appId, wxids: [goose.wxid, crane.wxid] }
    const room = await gateway.post<{ chatroomId: string }>('/group/createChatroom', body)
    const { chatroomId } = room.data
    await say(goose, chatroomId, 'south')
    await say(crane, chatroomId, 'east')
    const page = await signedIn(gateway, { path: chatPath(swan, chatroomId) })
    for (const [words, name] of [
      ['south', 'Goose'],
      ['east', 'Crane'],
    ] as const) {
      const sender = lines(page).filter({ hasText: words }).getByText(name, { exact: true })
      // Not for screen readers alone, as it is where two talk.
      await expect.poll(async () => (await sender.boundingBox())?.height, patient).toBeGreaterThan(10)
    }
    await page.getByRole('link', { name: /Crane: east/ }).waitFor()
    await keep(page, 'chatroom')
  })

  test('is walked by keyboard: Home leads to the oldest that is here, End to the newest', async () => {
    const { gateway, swan, goose } = await pair()
    await talk(gateway, swan, goose.wxid)
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sees(page, `No. ${MANY - 1}`)
    await page.route('**/console/messages', () => {})
    await page.getByRole('region', { name: 'Messages' }).focus()
    await page.keyboard.press('Home')
    await expect.poll(() => isInView(page, `No. ${MANY - 50}`), patient).toBe(true)
    await page.keyboard.press('End')
    await expect.poll(() => isInView(page, `No. ${MANY - 1}`), patient).toBe(true)
  })

  test('of a thousand messages is read from the last to the first, and the place is kept when older ones come', async () => {
    const { gateway, swan, goose, say } = await pair()
    await talk(gateway, swan, goose.wxid)
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sees(page, `No. ${MANY - 1}`)
    const shown = await lines(page).count()
    expect(shown).toBeLessThan(MANY / 2)

    // The next page waits while the reader finds a place.
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route('**/console/messages', async (route) => {
      await released
      await route.continue()
    })
    await upwards(page)
    const place = page.getByText(`No. ${MANY - shown + 3}`, { exact: true })
    await place.waitFor()
    const before = await place.boundingBox()
    release()
    await expect.poll(() => lines(page).count(), patient).toBeGreaterThan(shown)
    const after = await place.boundingBox()
    expect(Math.abs((after?.y ?? 0) - (before?.y ?? 0))).toBeLessThan(2)
    await page.unroute('**/console/messages')

    await expect
      .poll(async () => {
        await upwards(page)
        return lines(page).count()
      }, patient)
      .toBe(MANY)
    await page.getByText('No. 0', { exact: true }).waitFor()
    const said = await lines(page).locator('p[dir=auto]').allTextContents()
    expect(said).toEqual(Array.from({ length: MANY }, (_, number) => `No. ${number}`))

    // A new one does not take the reader away from where he reads, and is told of.
    await say(goose, swan.wxid, 'news')
    await page.getByRole('button', { name: 'New messages: 1' }).click()
    await expect.poll(() => isInView(page, 'news'), patient).toBe(true)
  })
})

/** Turns the wheel over the messages by more than there is. */
async function upwards(page: Page): Promise<void> {
  await page.getByRole('region', { name: 'Messages' }).hover()
  await page.mouse.wheel(0, -100_000)
}

async function isInView(page: Page, text: string): Promise<boolean> {
  const box = await lines(page).filter({ hasText: text }).boundingBox()
  const height = page.viewportSize()?.height ?? 0
  return box !== null && box.y >= 0 && box.y + box.height <= height
}
