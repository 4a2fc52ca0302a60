import { expect, test } from 'vitest'
import { startTestGateway } from '../rigs/gateway.ts'
import { startIlinkServer } from '../rigs/ilink-server.ts'
import { ilinkEnv } from '../rigs/ilink-world.ts'
import { until } from '../rigs/world.ts'
import { browserStories, chatPath, lines } from './world.ts'

browserStories('a message on its way to a real WeChat', ({ signedIn, with: keepOpen }) => {
  async function chat(fate: { hang: true } | { ret: number }) {
    const rig = keepOpen(await startIlinkServer({ holdMs: 500, qrHoldMs: 100 }))
    const gateway = keepOpen(await startTestGateway({ env: ilinkEnv(rig) }))
    type Code = { appId: string; uuid: string; qrData: string }
    const { data: code } = await gateway.post<Code>('/login/getLoginQrCode', { appId: '' })
    const phone = rig.phone()
    phone.scan(code.qrData)
    phone.confirm(code.qrData)
    const done = await until(async () => {
      const { data } = await gateway.post<{ status: number; loginInfo: { wxid: string } | null }>(
        '/login/checkLogin',
        { ...code, captchCode: '' },
      )
      return data.status === 2 && data.loginInfo
    })
    const device = { appId: code.appId, wxid: done?.wxid ?? '' }
    phone.write(device.wxid, { text: 'hello' })
    const page = await signedIn(gateway, { path: chatPath(device, phone.userId) })
    await lines(page).filter({ hasText: 'hello' }).waitFor()
    rig.next('sendmessage', fate)
    await page.getByRole('textbox').fill('said once')
    await page.keyboard.press('Enter')
    // What comes later is shown later, so the message itself would stand there by then.
    const later = async () => {
      await until(() => rig.requests.some(({ endpoint }) => endpoint === 'sendmessage'))
      phone.write(device.wxid, { text: 'later' })
      await lines(page).filter({ hasText: 'later' }).waitFor()
    }
    return { page, later }
  }

  test('stands in the chat once while the network has not answered', async () => {
    const { page, later } = await chat({ hang: true })
    const said = lines(page).filter({ hasText: 'said once' })
    await later()
    expect(await said.count()).toBe(1)
  })

  test('stands in the chat once after the network refused it', async () => {
    const { page, later } = await chat({ ret: -1 })
    const said = lines(page).filter({ hasText: 'said once' })
    await page.getByRole('alert').waitFor()
    await later()
    expect(await said.count()).toBe(1)
  })
})
