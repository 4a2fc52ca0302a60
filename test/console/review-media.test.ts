import { expect, test } from 'vitest'
import { consoleStories, signIn } from './world.ts'

consoleStories('the address of a message’s file', (start) => {
  test('is for the console alone: no other page may read or embed what the cookie opens', async () => {
    const gateway = await start()
    const [sender, friend] = [await gateway.device(), await gateway.device()]
    const visitor = await signIn(gateway)
    const uploaded = await fetch(`${gateway.baseUrl}/console/api/tools/uploadFile?name=a.txt`, {
      method: 'POST',
      headers: { cookie: visitor.cookie, 'x-hongyan-console': '1', 'content-type': 'text/plain' },
      body: 'hello',
    })
    const { data } = (await uploaded.json()) as { data: { fileUrl: string } }
    const to = { appId: sender.appId, toWxid: friend.wxid, fileUrl: data.fileUrl, fileName: 'a.txt' }
    const sent = await visitor.call<{ newMsgId: number }>('/console/api/message/postFile', to)
    const response = await visitor.get(`/console/media/${sender.appId}/${sent.data.newMsgId}/body`)
    expect(await response.text()).toBe('hello')
    expect(response.headers.get('access-control-allow-origin')).toBe(null)
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })

  test('that names nothing is answered with 404, whatever characters it has', async () => {
    const gateway = await start()
    const visitor = await signIn(gateway)
    const { status } = await visitor.get('/console/media/wx%00/1000000000000001/body')
    expect(status).toBe(404)
  })
})
