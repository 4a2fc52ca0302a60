import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { keep, patient, sees } from '../rigs/browser.ts'
import { startTestGateway } from '../rigs/gateway.ts'
import { startIlinkServer } from '../rigs/ilink-server.ts'
import { ilinkEnv } from '../rigs/ilink-world.ts'
import { browserStories } from './world.ts'

browserStories('devices', ({ pair, signedIn, with: keepOpen }) => {
  test('a local device is added, renamed, logged out and brought back', async () => {
    const gateway = keepOpen(await startTestGateway())
    const page = await signedIn(gateway)
    await sees(page, 'No devices yet')
    await page.getByRole('button', { name: 'Add a device' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: /^Inside the gateway/ }).check()
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByText(/ is logged in$/).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    await expect.poll(() => page.getByRole('dialog').count(), patient).toBe(0)

    const card = page.getByRole('main').getByRole('listitem')
    await card.getByText('Online', { exact: true }).waitFor()
    await card.getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('Nickname').fill('Wild goose')
    await page.getByRole('button', { name: 'Save' }).click()
    await card.getByRole('heading', { name: 'Wild goose', level: 2 }).waitFor()

    await card.getByRole('button', { name: 'Log out' }).click()
    const sure = page.getByRole('dialog', { name: 'Log “Wild goose” out?' })
    await sure.getByRole('button', { name: 'Log out' }).click()
    await card.getByText('Offline', { exact: true }).waitFor()
    await sees(page, 'Logged out; it receives nothing. Bring it back to go on using it.')
    await card.getByRole('button', { name: 'Bring back' }).click()
    await card.getByText('Online', { exact: true }).waitFor()
    expect(await card.count()).toBe(1)
  })

  test('what another program does with a device is seen without a reload', async () => {
    const { gateway, goose } = await pair()
    const page = await signedIn(gateway)
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Goose' }) })
    await card.getByText('Online', { exact: true }).waitFor()
    await gateway.post('/login/logout', { appId: goose.appId })
    await card.getByText('Offline', { exact: true }).waitFor()
  })

  test('a real WeChat is logged in by scanning: waiting, scanned, its digits asked for, done', async () => {
    const rig = keepOpen(await startIlinkServer({ holdMs: 500, qrHoldMs: 100 }))
    const gateway = keepOpen(await startTestGateway({ env: ilinkEnv(rig) }))
    const phone = rig.phone()
    const page = await signedIn(gateway)
    await page.getByRole('button', { name: 'Add a device' }).click()
    const dialog = page.getByRole('dialog')
    // The gateway's default comes first and is chosen.
    expect(await dialog.getByRole('radio', { name: /^WeChat/ }).isChecked()).toBe(true)
    const code = nextCode(page)
    await dialog.getByRole('button', { name: 'Next' }).click()
    const picture = dialog.getByRole('img', {
      name: 'QR code for logging in; scan it with WeChat on the phone',
    })
    await picture.waitFor()
    await expect.poll(() => picture.evaluate((image) => image.naturalWidth), patient).toBeGreaterThan(100)
    await dialog.getByText('Scan the code with WeChat on your phone').waitFor()
    await dialog.getByText(/^The code is good for another \d:\d\d$/).waitFor()
    await keep(page, 'device-qr')

    const qrData = await code
    phone.scan(qrData)
    await dialog.getByText('Scanned; now confirm on the phone').waitFor()
    phone.requireCode(qrData, '4711')
    await dialog.getByText('Type the digits that the phone shows').waitFor()
    await expect
      .poll(
        () => dialog.getByLabel('Digits on the phone').evaluate((input) => input.matches(':focus')),
        patient,
      )
      .toBe(true)
    await page.keyboard.type('1234')
    await page.keyboard.press('Enter')
    await dialog.getByText('These digits are not right; look again and retype them').waitFor()
    await dialog.getByLabel('Digits on the phone').fill('4711')
    await page.keyboard.press('Enter')
    await dialog.getByText('Scanned; now confirm on the phone').waitFor()
    phone.confirm(qrData)
    await dialog.getByText(/ is logged in$/).waitFor()
    await dialog.getByRole('link', { name: 'Open chats' }).click()
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor()

    phone.write(rig.bots[0]?.botId ?? '', { text: 'hello from a phone' })
    await page.getByRole('link', { name: /hello from a phone/ }).waitFor()
    expect(rig.violations).toEqual([])
  })

  test('a code that expired is said to be over, and another one is got for the same device', async () => {
    const rig = keepOpen(await startIlinkServer({ holdMs: 500, qrHoldMs: 100 }))
    const gateway = keepOpen(await startTestGateway({ env: ilinkEnv(rig) }))
    const page = await signedIn(gateway)
    await page.getByRole('button', { name: 'Add a device' }).click()
    const dialog = page.getByRole('dialog')
    const first = nextCode(page)
    await dialog.getByRole('button', { name: 'Next' }).click()
    rig.phone().expire(await first)
    await dialog.getByText('The code has expired').waitFor()
    expect(await dialog.getByRole('img').count()).toBe(0)
    const second = nextCode(page)
    await dialog.getByRole('button', { name: 'Get a new code' }).click()
    await dialog.getByRole('img').waitFor()
    rig.phone().scan(await second)
    await dialog.getByText('Scanned; now confirm on the phone').waitFor()
    rig.phone().confirm(await second)
    await dialog.getByText(/ is logged in$/).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    expect(await page.getByRole('main').getByRole('listitem').count()).toBe(1)
  })
})

/** What the next QR code that the page asks for holds. */
async function nextCode(page: Page): Promise<string> {
  const answer = await page.waitForResponse(/\/login\/getLoginQrCode$/)
  const { data } = await answer.json()
  return data.qrData
}
