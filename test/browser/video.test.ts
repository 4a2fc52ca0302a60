import { expect, test } from 'vitest'
import { keep, patient, sees } from '../rigs/browser.ts'
import { browserStories, chatPath, film, filmPath, held, lines, sendByUrl } from './world.ts'

browserStories('a video', ({ pair, signedIn }) => {
  test('sent by URL it arrives live in another browser, and plays and is sought there', async () => {
    const { gateway, origin, swan, goose, say } = await pair()
    await say(goose, swan.wxid, 'show me')
    const near = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const far = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
    await lines(far).filter({ hasText: 'show me' }).waitFor()
    await sendByUrl(near, `${origin.url}/film.mp4`)
    const still = lines(far).getByRole('button', { name: /^Play the video/ })
    await still.waitFor()
    // Its length, size and picture, before anybody plays it.
    await expect.poll(() => still.textContent(), patient).toMatch(/0:10/)
    expect(await still.textContent()).toContain('1,015 KB')
    await expect
      .poll(() => still.locator('img').evaluate((image) => image.naturalWidth), patient)
      .toBeGreaterThan(0)
    await lines(near)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
    expect(await near.getByRole('list', { name: 'Sends under way or failed' }).count()).toBe(0)
    await keep(far, 'video-arrived')

    const ranges: string[] = []
    far.on('response', (response) => {
      if (response.url().endsWith('/body') && response.status() === 206)
        ranges.push(response.headers()['content-range'] ?? '')
    })
    await still.click()
    const player = lines(far).locator('video')
    await player.evaluate((video) => {
      video.muted = true
    })
    await player.evaluate((video) => video.play())
    await expect.poll(() => player.evaluate((video) => video.currentTime), patient).toBeGreaterThan(0)
    await player.evaluate((video) => {
      video.currentTime = 8
    })
    await expect.poll(() => player.evaluate((video) => video.currentTime), patient).toBeGreaterThan(8)
    expect(await player.evaluate((video) => video.videoWidth)).toBe(1280)
    expect(ranges.length).toBeGreaterThan(0)
    for (const range of ranges) expect(range).toMatch(new RegExp(`^bytes \\d+-\\d+/${film.length}$`))
  })

  test('sent from the disk it goes up to the gateway and arrives with all its bytes', async () => {
    const { gateway, swan, goose } = await pair()
    const near = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const far = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
    await near.getByRole('button', { name: 'Video', exact: true }).click()
    const dialog = near.getByRole('dialog', { name: 'Send a video to Goose' })
    await dialog.getByRole('radio', { name: 'This computer' }).check()
    await dialog.getByLabel('Choose files').setInputFiles(filmPath)
    await dialog.getByText('hongyan.mp4', { exact: true }).waitFor()
    expect(await dialog.getByLabel('Send hongyan.mp4 as').inputValue()).toBe('video')
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    await lines(far)
      .getByRole('button', { name: /^Play the video/ })
      .click()
    const address = await lines(far)
      .locator('video')
      .evaluate((video) => video.src)
    const received = await far.request.get(address)
    expect((await received.body()).equals(film)).toBe(true)
    await lines(near)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
  })

  test('on its way it shows stage, bytes, speed and time left, and can be followed to its end', async () => {
    const { gateway, origin, swan, goose } = await pair()
    const slow = held(film)
    origin.route('/slow.mp4', slow.behaviour)
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sendByUrl(page, `${origin.url}/slow.mp4`)
    const outbox = page.getByRole('list', { name: 'Sends under way or failed' })
    const bar = outbox.getByRole('progressbar', { name: 'Sending slow.mp4: Fetch' })
    slow.give(250_000)
    await outbox.getByText('244 KB / 1,015 KB').waitFor()
    const first = await bar.evaluate((progress) => progress.value)
    slow.give(250_000)
    await outbox.getByText(/^488 KB \/ 1,015 KB · [\d.,]+ [KM]?B\/s · \d+:\d\d left in this step$/).waitFor()
    expect(await bar.evaluate((progress) => progress.value)).toBeGreaterThan(first)
    expect(
      await outbox
        .getByRole('listitem')
        .filter({ hasText: /^Fetch$/ })
        .getAttribute('aria-current'),
    ).toBe('step')
    await keep(page, 'video-under-way')
    slow.finish()
    await lines(page)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
    await outbox.waitFor({ state: 'detached' })
  })

  test('cancelled on its way, nothing arrives, the page says so, and sent again it arrives once', async () => {
    const { gateway, origin, swan, goose, say } = await pair()
    const slow = held(film)
    origin.route('/slow.mp4', slow.behaviour)
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const far = await signedIn(gateway, { path: chatPath(goose, swan.wxid) })
    await sendByUrl(page, `${origin.url}/slow.mp4`)
    slow.give(250_000)
    const outbox = page.getByRole('list', { name: 'Sends under way or failed' })
    await outbox.getByText('244 KB / 1,015 KB').waitFor()
    await outbox.getByRole('button', { name: 'Cancel' }).click()
    await outbox.getByText('Cancelled, nothing was sent').waitFor()
    // What is said after it arrives, so what was cancelled would have been there too.
    await say(swan, goose.wxid, 'never mind')
    await lines(far).filter({ hasText: 'never mind' }).waitFor()
    expect(await lines(far).count()).toBe(1)
    await expect.poll(() => origin.open, patient).toBe(0)

    origin.route('/slow.mp4', (request, response) => {
      response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': film.length })
      response.end(request.method === 'GET' ? film : undefined)
    })
    await outbox.getByRole('button', { name: 'Send again' }).click()
    await lines(far)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
    await say(swan, goose.wxid, 'there')
    await lines(far).filter({ hasText: 'there' }).waitFor()
    expect(await lines(far).count()).toBe(3)
  })

  test('after it was sent its reply and the same call as curl, Python and TypeScript are there to copy', async () => {
    const { gateway, origin, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sendByUrl(page, `${origin.url}/film.mp4`)
    await lines(page)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
    await page.getByRole('button', { name: 'Sent from here' }).click()
    const dialog = page.getByRole('dialog', { name: 'Sent from here' })
    await dialog.getByText('film.mp4').click()
    const copied = async (name: string) => {
      await dialog.getByRole('button', { name }).click()
      return page.evaluate<string>('navigator.clipboard.readText()')
    }
    const reply = JSON.parse(await copied('Copy the reply'))
    expect(reply).toMatchObject({ ret: 200, data: { length: film.length, toWxid: goose.wxid } })
    for (const [tab, words] of [
      ['curl', 'curl '],
      ['Python', 'requests.post('],
      ['TypeScript', 'await fetch('],
    ] as const) {
      await dialog.getByRole('tab', { name: tab }).click()
      const code = await copied(`Copy the ${tab} code`)
      expect(code).toContain(words)
      expect(code).toContain(`${gateway.baseUrl}/message/postVideo`)
      expect(code).toContain(`${origin.url}/film.mp4`)
      expect(await dialog.getByRole('tabpanel').locator('code').textContent()).toBe(code)
    }
    await keep(page, 'video-reply')
  })

  test('forwarded, it is with a third device without its bytes having moved, and how much faster that was is told', async () => {
    const { gateway, origin, swan, goose, named } = await pair()
    const crane = await named('Crane')
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const third = await signedIn(gateway, { path: chatPath(crane, swan.wxid) })
    const slow = held(film)
    origin.route('/slow.mp4', slow.behaviour)
    await sendByUrl(page, `${origin.url}/slow.mp4`)
    slow.give(250_000)
    await page.getByText(/^244 KB .* left in this step$/).waitFor()
    slow.finish()
    const line = lines(page).filter({ has: page.getByRole('button', { name: /^Play the video/ }) })
    await line.getByRole('button', { name: /^More about/ }).click()
    await page.getByRole('menuitem', { name: 'Forward' }).click()
    const dialog = page.getByRole('dialog', { name: 'Forward to' })
    const fetched = origin.hits.length
    await dialog.getByRole('radio', { name: /Crane/ }).check()
    await dialog.getByRole('button', { name: 'Forward' }).click()
    await dialog.getByText(/^Forwarded to Crane in [\d.,]+ (ms|sec)$/).waitFor()
    await dialog
      .getByText(
        /^The first send took [\d.,]+ (ms|sec); forwarding was [\d.,]+ times as fast: no bytes were moved again$/,
      )
      .waitFor()
    await keep(page, 'video-forwarded')
    await lines(third)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
    expect(origin.hits.length).toBe(fetched)
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    await sees(page, 'Goose')
  })
})
