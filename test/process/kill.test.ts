import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { engines } from '../rigs/databases.ts'
import { serve } from '../rigs/origin.ts'
import { newFolder, startProcess, until } from '../rigs/process.ts'
import {
  blobFaults,
  bytesAreThere,
  callbacksArrive,
  heardKeysReplay,
  messagesAreWhole,
  unheardKeysSendOnce,
} from './aftermath.ts'
import { acknowledged, sendUntilItDies, type Traffic } from './callers.ts'
import { startClips } from './clips.ts'
import { seeded } from './random.ts'

const kills = Number(process.env.HONGYAN_TEST_KILLS ?? 12)
/** A failing run is repeated by giving its seed. */
const seed = Number(process.env.HONGYAN_TEST_SEED ?? Date.now() % 1_000_000)
const CALLBACK = '/callback'

for (const engine of engines()) {
  const sqlite = engine.name === 'sqlite'
  const rounds = sqlite ? kills : Math.ceil(kills / 4)
  const title = `killed at any moment, ${rounds} times, nothing acknowledged is lost, doubled or half there`
  test(`${title} (${engine.name}, seed ${seed})`, { timeout: 120_000 + rounds * 20_000 }, async () => {
    const random = seeded(seed)
    const origin = await startClips((number) => (number % 7) * 8)
    origin.route(CALLBACK, serve('ok'))
    const place = await engine.place()
    try {
      // SQLite lives in the gateway's folder, so that the test looks at the very file.
      const dataDir = sqlite ? dirname(place.path) : newFolder()
      const env = {
        HONGYAN_LOG_LEVEL: 'warn',
        HONGYAN_SECRET_KEY: '11'.repeat(32),
        ...(place.url ? { HONGYAN_DATABASE_URL: place.url.href } : {}),
      }
      let gateway = await startProcess({ dataDir, env })
      const database = await place.open()
      const callbackUrl = origin.url + CALLBACK
      await gateway.post('/tools/setCallback', { token: gateway.token, callbackUrl })
      const [sender, friend] = [await gateway.device(), await gateway.device()]
      const room = await gateway.post<{ chatroomId: string }>('/group/createChatroom', {
        appId: sender.appId,
        wxids: [sender.wxid, friend.wxid],
      })
      const chatroom = room.data.chatroomId
      const traffic: Traffic = { sender, friend, chatroom, origin, random, calls: [] }

      for (let round = 0; round < rounds; round += 1) {
        const first = traffic.calls.length
        let replies = 0
        const allGone = sendUntilItDies(traffic, gateway, () => {
          replies += 1
        })
        const enough = Math.floor(random() * 40)
        await until('the callers are under way', () => replies >= enough || undefined)
        // The moment within a request is what varies here; nothing is waited for.
        await new Promise((resolve) => setTimeout(resolve, random() * 40))
        await gateway.stop('SIGKILL')
        await allGone

        gateway = await startProcess({ dataDir, env })
        const calls = traffic.calls.slice(first)
        await messagesAreWhole(database, traffic)
        const faults = await blobFaults(database, join(dataDir, 'blobs'))
        // Where several gateways share a database, a start cannot know whose a young blob is; the daily sweep does.
        if (!sqlite) faults.filesWithoutRow = []
        expect(faults).toEqual({ rowsWithoutFile: [], filesWithoutRow: [], mediaWithoutBlob: [], staged: [] })
        await bytesAreThere(gateway, traffic, calls)
        await heardKeysReplay(gateway, database, calls)
        // In a shared database another gateway may still be at them: shared.test.ts.
        if (sqlite) await unheardKeysSendOnce(gateway, database, calls)
        expect(calls.filter(({ reply }) => reply !== undefined && reply.ret !== 200)).toEqual([])
      }
      expect(acknowledged(traffic.calls).length).toBeGreaterThan(rounds)
      await callbacksArrive(traffic, CALLBACK, 90_000)
      await gateway.stop()
    } finally {
      await place.dispose()
      await origin.close()
    }
  })
}
