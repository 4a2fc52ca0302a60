import { serve } from '../rigs/origin.ts'
import { picture, video } from '../rigs/videos.ts'
import type { Client, Script } from './client.ts'
import { createLibrary, stepsOf } from './gewechat-python.ts'
import { askThenListen, createListener } from './listener.ts'
import { at, listAt, parseExactly, textAt } from './reading.ts'

/* dify-on-wechat (contract 5.2), on gewechat-python. It drops videos, so the library's calls stand in for its own. */

export const difyOnWechat: Script = {
  name: 'dify-on-wechat',
  form: 'capital',
  sends: 'video',
  downloads: 'video',
  async start(site): Promise<Client> {
    const library = createLibrary(site)
    const tests: string[] = []
    const listener = await createListener({
      path: '/v2/api/callback/collect',
      answer(text) {
        const body = parseExactly(text)
        if (at(body, 'testMsg') !== undefined && at(body, 'token') !== undefined) tests.push(text)
        return { text: 'success' }
      },
      // It offers its media at its callback URL, named in the query.
      get(request, response) {
        const file = new URL(request.url ?? '', 'http://self').searchParams.get('file')
        const isVideo = file === 'tmp/video.mp4'
        serve(isVideo ? video : picture, { type: isVideo ? 'video/mp4' : 'image/jpeg' })(request, response)
      },
    })
    const steps = stepsOf(library, listener)
    return {
      ...steps,
      async setCallback() {
        await askThenListen(() => library.setCallback(listener.url), listener)
        if (tests.length !== 1) throw new Error('the test body was not known as one')
      },
      send: (toWxid) =>
        library.postVideo(toWxid, `${listener.url}?file=tmp/video.mp4`, `${listener.url}?file=tmp/frame.jpg`),
      async download(message) {
        // For each message it asks who wrote it.
        const body = { appId: library.appId, wxids: [message.from] }
        const [writer] = listAt(await library.post('/contacts/getBriefInfo', body), 'data')
        textAt(writer, 'nickName')
        return steps.download(message)
      },
    }
  },
}
