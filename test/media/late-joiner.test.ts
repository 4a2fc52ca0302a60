import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import type { Blobs } from '../../src/blobs/blobs.ts'
import { openDiskBlobs } from '../../src/blobs/disk.ts'
import type { Statement } from '../../src/database/database.ts'
import { startDigests } from '../../src/media/digests.ts'
import { createIngest } from '../../src/media/ingest.ts'
import { Links } from '../../src/media/links.ts'
import type { Media } from '../../src/media/media.ts'
import { createMetrics } from '../../src/metrics.ts'
import { addToken, openDoor, secretKey } from '../rigs/callback-world.ts'
import { engines } from '../rigs/databases.ts'
import { serve, startOrigin } from '../rigs/origin.ts'
import { unlimitedIntakes } from './media-world.ts'
import { fixture } from './probe-source.ts'

const installed = spawnSync('ffmpeg', ['-version']).status === 0
if (!installed) console.log('ffmpeg is not installed: frames for latecomers are not tried here')

/** `blobs` whose second and later stagings wait for `open`; `reached(n)` resolves once n of them wait. */
function gated(blobs: Blobs) {
  let staged = 0
  const marks = new Map<number, () => void>()
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const wrapped: Blobs = {
    ...blobs,
    async stage(source) {
      staged += 1
      if (staged > 1) {
        marks.get(staged - 1)?.()
        await gate
      }
      return blobs.stage(source)
    },
  }
  const reached = (count: number) => new Promise<void>((resolve) => marks.set(count, resolve))
  return { blobs: wrapped, open: () => open(), reached }
}

it.runIf(installed)(
  'a sender who joins when the video already has its name gets the same frame as the first',
  async () => {
    const [engine] = engines()
    if (!engine) throw new Error('no database engine')
    const folder = await mkdtemp(join(tmpdir(), 'hongyan-late-'))
    const { database, dispose } = await engine.open()
    const origin = await startOrigin({ '/clip.mp4': serve(fixture('moov-first.mp4')) })
    const outbound = openDoor()
    const digests = startDigests()
    try {
      await addToken(database, 'tok')
      const gate = gated(await openDiskBlobs(folder))
      const ingest = createIngest({
        database,
        blobs: gate.blobs,
        outbound,
        intakes: unlimitedIntakes(),
        links: new Links(secretKey),
        digests,
        config: { maxVideoBytes: 1e9, maxThumbBytes: 1e7, ffmpeg: 'ffmpeg' },
        log: pino({ level: 'silent' }),
        metrics: createMetrics({
          oldestOwedSeconds: () => Promise.resolve(0),
          sessions: () => Promise.resolve([]),
        }),
      })
      const request = {
        tokenId: 'tok',
        videoUrl: `${origin.url}/clip.mp4`,
        thumbUrl: '',
        videoDuration: 1,
      }
      const [firstWaits, secondWaits] = [gate.reached(1), gate.reached(2)]
      const keep = async (media: Media, missing: readonly Statement[]) => {
        if (missing.length > 0) await database.atomically(missing)
        return media
      }
      const first = ingest(request, keep)
      await firstWaits
      const second = ingest(request, keep)
      await secondWaits
      gate.open()
      const [one, other] = await Promise.all([first, second])
      expect(other.thumb?.sha256).toBe(one.thumb?.sha256)
      expect(other.fileId).toBe(one.fileId)
      expect(origin.hitsOf('/clip.mp4')).toHaveLength(1)
    } finally {
      await digests.close()
      await outbound.close()
      await origin.close()
      await dispose()
      await rm(folder, { recursive: true, force: true })
    }
  },
)
