import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { expectAccessible, patient, sees } from '../rigs/browser.ts'
import { status } from '../rigs/origin.ts'
import { browserStories, chatPath, film, held, lines, sendByUrl } from './world.ts'

const outboxName = 'Sends under way or failed'
const late = 'Too late to cancel: the message was already out'

/** What the gateway has answered to requests to cancel. */
function cancelAnswers(page: Page): boolean[] {
  const answers: boolean[] = []
  page.on('response', async (response) => {
    if (!response.url().endsWith('/cancelSend')) return
    answers.push((await response.json()).data.cancelled)
  })
  return answers
}

/** Lets calls of `path` wait. @returns lets them go on */
async function hold(page: Page, path: string, at: 'request' | 'answer'): Promise<() => void> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(path, async (route) => {
    const response = at === 'answer' ? await route.fetch() : undefined
    await released
    await (response ? route.fulfill({ response }) : route.continue())
  })
  return release
}

browserStories('a send from the console', ({ pair, signedIn }) => {
  test('cancelled before the gateway has begun it, is cancelled once it begins', async () => {
    const { gateway, origin, swan, goose } = await pair()
    origin.route('/slow.mp4', held(film).behaviour)
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const answers = cancelAnswers(page)
    const release = await hold(page, '**/message/postVideo', 'request')
    await sendByUrl(page, `${origin.url}/slow.mp4`)
    const outbox = page.getByRole('list', { name: outboxName })
    await outbox.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => answers.length, patient).toBeGreaterThan(1)
    expect(answers).not.toContain(true)
    await outbox.getByText('Cancelling…').waitFor()
    release()
    await outbox.getByText('Cancelled, nothing was sent').waitFor()
    await expect.poll(() => answers.at(-1), patient).toBe(true)
    expect(await page.getByText(late).count()).toBe(0)
  })

  test('that could not be cancelled is said to be out once its answer says so, and not before', async () => {
    const { gateway, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const answers = cancelAnswers(page)
    const release = await hold(page, '**/message/postText', 'answer')
    await page.getByRole('textbox', { name: 'Message to Goose' }).fill('out already')
    await page.keyboard.press('Enter')
    await lines(page).filter({ hasText: 'out already' }).waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(() => answers.length, patient).toBeGreaterThan(1)
    expect(await page.getByText(late).count()).toBe(0)
    release()
    await sees(page, late)
    expect(answers).not.toContain(true)
    const asked = answers.length
    // It asks no more: what a further message brings comes after any further request.
    await page.unroute('**/message/postText')
    await page.getByRole('textbox', { name: 'Message to Goose' }).fill('another')
    await page.keyboard.press('Enter')
    await lines(page).filter({ hasText: 'another' }).waitFor()
    expect(answers.length).toBe(asked)
  })

  test('is remembered over a reload for how long it took, so that a forward can be compared with it', async () => {
    const { gateway, origin, swan, goose, named } = await pair()
    await named('Crane')
    const slow = held(film)
    origin.route('/slow.mp4', slow.behaviour)
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sendByUrl(page, `${origin.url}/slow.mp4`)
    slow.give(250_000)
    await page.getByText(/^244 KB .* left in this step$/).waitFor()
    slow.finish()
    const more = lines(page).getByRole('button', { name: /^More about/ })
    await more.waitFor()
    await page.reload()
    await more.click()
    await page.getByRole('menuitem', { name: 'Forward' }).click()
    const dialog = page.getByRole('dialog', { name: 'Forward to' })
    await dialog.getByRole('radio', { name: /Crane/ }).check()
    await dialog.getByRole('button', { name: 'Forward' }).click()
    await dialog.getByText(/^The first send took /).waitFor()
  })

  test('that failed says why in English and in the gateway’s words, and leaves the focus to the composer', async () => {
    const { gateway, origin, swan, goose } = await pair()
    origin.route('/none.mp4', status(404))
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sendByUrl(page, `${origin.url}/none.mp4`)
    const alert = page.getByRole('list', { name: outboxName }).getByRole('alert')
    await alert.getByText('The server of the URL answered with an error instead of the file.').waitFor()
    expect(await alert.locator('[lang=zh-CN]').textContent()).toContain('404')
    await expectAccessible(page)
    const composer = page.getByRole('textbox', { name: 'Message to Goose' })
    const hasFocus = () => composer.evaluate((field) => field.matches(':focus'))
    await alert.getByRole('button', { name: 'Try again' }).press('Enter')
    await expect.poll(hasFocus, patient).toBe(true)
    await alert.getByRole('button', { name: 'Remove' }).press('Enter')
    await expect.poll(hasFocus, patient).toBe(true)
    expect(await alert.count()).toBe(0)
  })

  test('is not tried while the device is offline: the composer says why and where to go', async () => {
    const { gateway, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const composer = page.getByRole('textbox', { name: 'Message to Goose' })
    await composer.fill('for later')
    await gateway.post('/login/logout', { appId: swan.appId })
    await sees(page, 'Logged out; it receives nothing. Bring it back to go on using it.')
    await composer.press('Enter')
    expect(await composer.inputValue()).toBe('for later')
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)
    await expectAccessible(page)
    await gateway.post('/login/reconnection', { appId: swan.appId })
    await expect
      .poll(() => page.getByRole('button', { name: 'Send', exact: true }).isDisabled(), patient)
      .toBe(false)
    await composer.press('Enter')
    await lines(page).filter({ hasText: 'for later' }).waitFor()
  })

  test('does not begin while a chosen file is over the limit; its kind can be changed, or it can be removed', async () => {
    const { gateway, swan, goose } = await pair({ HONGYAN_MAX_VIDEO_BYTES: '1000000' })
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await page.getByRole('button', { name: 'Video', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'This computer' }).check()
    const files = { name: 'a.mp4', mimeType: 'video/mp4', buffer: film }
    await dialog.getByLabel('Choose files').setInputFiles(files)
    await dialog.getByText("Over the gateway's limit of 977 KB").waitFor()
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    const kind = dialog.getByLabel('Send a.mp4 as')
    expect(await kind.evaluate((select) => select.matches(':focus'))).toBe(true)
    expect(await page.getByRole('list', { name: outboxName }).count()).toBe(0)
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Remove a.mp4' }).press('Enter')
    expect(await dialog.getByLabel('Choose files').evaluate((input) => input.matches(':focus'))).toBe(true)
    await dialog.getByLabel('Choose files').setInputFiles(files)
    await kind.selectOption('file')
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    await lines(page)
      .getByRole('link', { name: /a\.mp4/ })
      .waitFor()
  })
})
