import { expect, test } from 'vitest'
import { expectProblems, patient, sees } from '../rigs/browser.ts'
import { browserStories, chatPath, lines, sendByUrl } from './world.ts'

browserStories('the pages', ({ pair, visit, signedIn }) => {
  test('give their connection back when nobody has seen them for half a minute, and miss nothing', async () => {
    const { gateway, swan, goose, say } = await pair()
    await say(goose, swan.wxid, 'seen')
    const page = await visit(gateway)
    await page.clock.install()
    await page.goto((await gateway.consoleLink(chatPath(swan, goose.wxid))) ?? '')
    let feeds = 0
    page.on('request', (request) => {
      if (request.url().endsWith('/api/live')) feeds += 1
    })
    const ended: string[] = []
    page.on('requestfailed', (request) => ended.push(new URL(request.url()).pathname))
    await sees(page, 'seen')
    const show = (state: 'hidden' | 'visible') =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))`)
    await show('hidden')
    await page.clock.fastForward(29_000)
    await say(goose, swan.wxid, 'still heard')
    await sees(page, 'still heard')
    await page.clock.fastForward(2000)
    await expect.poll(() => ended, patient).toContain('/console/api/live')
    await say(goose, swan.wxid, 'unheard')
    const before = feeds
    await show('visible')
    await sees(page, 'unheard')
    expect(feeds).toBe(before + 1)
    expect(await page.getByText('The connection to the gateway is lost').count()).toBe(0)
  })

  test('lead to the sign-in page when the session ends, without anything being clicked', async () => {
    const { gateway, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    expectProblems(page, /401/, /net::ERR_/)
    await sees(page, 'No messages yet')
    await page.context().clearCookies()
    // The feed is begun anew, as after a restart or a change of networks.
    await page.evaluate(`dispatchEvent(new Event('online'))`)
    await page.getByLabel('Token').waitFor()
  })

  test('keep the pass of a sign-in link until the gateway has answered', async () => {
    const { gateway } = await pair()
    const page = await visit(gateway)
    expectProblems(page, /net::ERR_/)
    let tries = 0
    await page.route('**/console/signIn', async (route) => {
      tries += 1
      if (tries <= 3) await route.abort()
      else await route.continue()
    })
    await page.goto((await gateway.consoleLink('/devices')) ?? '')
    await page.getByRole('button', { name: 'Try again' }).click()
    await sees(page, 'Swan')
    expect(tries).toBe(4)
  })

  test('play one video at a time: starting one turns another back into its still', async () => {
    const { gateway, origin, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const stills = lines(page).getByRole('button', { name: /^Play the video/ })
    for (const count of [1, 2]) {
      await sendByUrl(page, `${origin.url}/film.mp4`)
      await expect.poll(() => stills.count(), patient).toBe(count)
    }
    await stills.first().click()
    const player = lines(page).locator('video')
    await expect.poll(() => player.evaluate((video) => video.currentTime), patient).toBeGreaterThan(0)
    const first = await player.evaluate((video) => video.src)
    await stills.first().click()
    await expect.poll(() => player.evaluate((video) => video.src), patient).not.toBe(first)
    expect(await player.count()).toBe(1)
    expect(await stills.count()).toBe(1)
    await expect.poll(() => player.evaluate((video) => video.currentTime), patient).toBeGreaterThan(0)
  })

  test('say of yesterday that it is, once midnight has passed', async () => {
    const { gateway, swan, goose, say } = await pair()
    await say(goose, swan.wxid, 'good night')
    const page = await visit(gateway)
    await page.clock.install()
    await page.goto((await gateway.consoleLink(chatPath(swan, goose.wxid))) ?? '')
    await sees(page, 'good night')
    expect(await page.getByText(/^Yesterday/).count()).toBe(0)
    await page.clock.fastForward(24 * 3600_000)
    await expect.poll(() => page.getByText(/^Yesterday \d\d:\d\d$/).count(), patient).toBe(2)
  })

  test('offer the bytes that a browser cannot show as a file with a name, and another try', async () => {
    const { gateway, swan, goose, origin } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await sendByUrl(page, `${origin.url}/film.mp4`)
    const still = lines(page).getByRole('button', { name: /^Play the video/ })
    await still.waitFor()
    await page.route('**/body', (route) =>
      route.fulfill({ status: 200, contentType: 'video/mp4', body: 'no video' }),
    )
    await still.click()
    await sees(page, 'This browser cannot show this file; download it to open it')
    const link = lines(page).getByRole('link', { name: 'Download' })
    expect(await link.getAttribute('download')).toMatch(/^video-\d{16}$/)
    await page.unroute('**/body')
    await lines(page).getByRole('button', { name: 'Try again' }).click()
    const player = lines(page).locator('video')
    await expect.poll(() => player.evaluate((video) => video.currentTime), patient).toBeGreaterThan(0)
  })
})
