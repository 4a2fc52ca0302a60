import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

/** The demo's own files: a real MP4 and a real JPEG; assets/demo/README.md says how they were made. */
export const files = {
  video: fileURLToPath(new URL('../../assets/demo/hongyan.mp4', import.meta.url)),
  thumb: fileURLToPath(new URL('../../assets/demo/hongyan.jpg', import.meta.url)),
}

/** Stands in for the place where a caller keeps its media: a plain file server on loopback. */
export async function startOrigin(): Promise<{
  videoUrl: string
  thumbUrl: string
  requests: () => number
  close: () => Promise<void>
}> {
  const routes: Record<string, { path: string; type: string }> = {
    '/hongyan.mp4': { path: files.video, type: 'video/mp4' },
    '/hongyan.jpg': { path: files.thumb, type: 'image/jpeg' },
  }
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    const file = routes[request.url ?? '']
    if (!file) return response.writeHead(404).end()
    const send = async () => {
      const { size } = await stat(file.path)
      response.writeHead(200, { 'content-type': file.type, 'content-length': size })
      await pipeline(createReadStream(file.path), response)
    }
    return void send().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  return {
    videoUrl: `${base}/hongyan.mp4`,
    thumbUrl: `${base}/hongyan.jpg`,
    requests: () => requests,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
