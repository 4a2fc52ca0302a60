import { expect, test } from 'vitest'
import { expectProblems, keep, patient, sees } from '../rigs/browser.ts'
import { serve, status } from '../rigs/origin.ts'
import { browserStories, chatPath, film, lines, sendByUrl } from './world.ts'

const outboxName = 'Sends under way or failed'

browserStories('a send that fails', ({ pair, signedIn }) => {
  test('says code and reason, and once the origin is well a retry brings it over once', async () => {
    const { gateway, origin, swan, goose, say } = await pair()
    origin.route('/late.mp4', status(404))
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const far = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
    await sendByUrl(page, `${origin.url}/late.mp4`)
    const outbox = page.getByRole('list', { name: outboxName })
    const alert = outbox.getByRole('alert')
    await alert.getByText('fetch_status', { exact: true }).waitFor()
    expect(await alert.textContent()).toMatch(/404.*fetch_status · not sent/)
    await keep(page, 'failed-send')

    origin.route('/late.mp4', serve(film, { type: 'video/mp4' }))
    await outbox.getByRole('button', { name: 'Try again' }).click()
    await lines(far)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
    await outbox.waitFor({ state: 'detached' })
    await say(swan, goose.wxid, 'that was all')
    await lines(far).filter({ hasText: 'that was all' }).waitFor()
    expect(
      await lines(far)
        .getByRole('button', { name: /^Play the video/ })
        .count(),
    ).toBe(1)
    await lines(page).filter({ hasText: 'that was all' }).waitFor()
    expect(
      await lines(page)
        .getByRole('button', { name: /^Play the video/ })
        .count(),
    ).toBe(1)
  })

  test('at an address that is closed names the setting that opens it, and can be put out of sight', async () => {
    const { gateway, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sendByUrl(page, 'http://169.254.169.254/latest/meta-data.mp4')
    const outbox = page.getByRole('list', { name: outboxName })
    await outbox.getByText('url_forbidden', { exact: true }).waitFor()
    expect(await outbox.getByRole('alert').textContent()).toMatch(/HONGYAN_FETCH_ALLOW.*not sent/)
    await outbox.getByRole('button', { name: 'Remove' }).click()
    await outbox.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Sent from here' }).click()
    expect(await page.getByRole('dialog').getByText('meta-data.mp4').count()).toBe(0)
  })

  test('because its answer never came is not sent twice by a retry', async () => {
    const { gateway, swan, goose, say } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const far = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
    expectProblems(page, /net::ERR_FAILED/)
    const keys: (string | undefined)[] = []
    await page.route('**/message/postText', async (route) => {
      keys.push(route.request().headers()['idempotency-key'])
      const answer = await route.fetch()
      if (keys.length === 1) await route.abort()
      else await route.fulfill({ response: answer })
    })
    await page.getByRole('textbox', { name: 'Message to Goose' }).fill('only once')
    await page.keyboard.press('Enter')
    const outbox = page.getByRole('list', { name: outboxName })
    await outbox
      .getByText('The gateway did not answer. Trying again is safe: the message is sent once at most')
      .waitFor()
    await lines(far).filter({ hasText: 'only once' }).waitFor()
    await outbox.getByRole('button', { name: 'Try again' }).click()
    await outbox.waitFor({ state: 'detached' })
    expect(keys).toEqual([keys[0], keys[0]])
    await say(swan, goose.wxid, 'and then this')
    for (const each of [far, page]) {
      await lines(each).filter({ hasText: 'and then this' }).waitFor()
      expect(await lines(each).count()).toBe(2)
    }
  })

  test('with a file that is too large is told before anything is sent', async () => {
    const { gateway, swan, goose } = await pair({ HONGYAN_MAX_VIDEO_BYTES: '1000000' })
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await page.getByRole('button', { name: 'Video', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'This computer' }).check()
    await dialog
      .getByLabel('Choose files')
      .setInputFiles({ name: 'a.mp4', mimeType: 'video/mp4', buffer: film })
    await expect
      .poll(() => dialog.getByRole('alert').textContent(), patient)
      .toBe("Over the gateway's limit of 977 KB")
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    // Nothing goes up: the dialog stays, at the file that cannot be sent.
    await expect
      .poll(() => dialog.getByLabel('Send a.mp4 as').getAttribute('aria-invalid'), patient)
      .toBe('true')
    expect(await dialog.isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    await sees(page, 'No messages yet')
  })
})
