import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { SnippetLanguage } from '../../web/src/send/snippets.ts'

const run = promisify(execFile)

/** What a snippet asked of the server. */
export interface Heard {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Where the server says that an uploaded file is; with what shells, JSON and URLs treat specially. */
export const uploadedUrl = (number: number) => `http://127.0.0.1/files/${number}?a=1&b=$HOME%20'`

/** A server that answers as the gateway does and remembers, and a folder to run snippets in. */
export async function snippetWorld() {
  const heard: Heard[] = []
  let uploads = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method, url, headers } = request
    heard.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    const isUpload = url?.startsWith('/tools/uploadFile')
    if (isUpload) uploads += 1
    const data = isUpload ? { fileUrl: uploadedUrl(uploads), length: 3, md5: '' } : { newMsgId: 7 }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ ret: 200, msg: '操作成功', data }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const folder = await mkdtemp(join(tmpdir(), 'hongyan-snippets-'))
  const python = await pythonEnvironment()

  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    folder,
    /** Runs a snippet. @returns what the server heard of it, and what was printed */
    async run(language: SnippetLanguage, code: string) {
      heard.length = 0
      uploads = 0
      const { file, program } = programs[language]
      await writeFile(join(folder, file), code)
      const env = { ...process.env, ...(language === 'python' ? python : {}) }
      const { stdout } = await run(program, [file], { cwd: folder, env })
      return { heard: [...heard], stdout }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true })
    },
  }
}

const programs = {
  curl: { file: 'snippet.sh', program: 'bash' },
  python: { file: 'snippet.py', program: 'python3' },
  typescript: { file: 'snippet.mjs', program: process.execPath },
} as const

/** The machine's own requests package, or ours where it has none. */
async function pythonEnvironment(): Promise<Record<string, string>> {
  try {
    await run('python3', ['-c', 'import requests'])
    return {}
  } catch {
    return { PYTHONPATH: fileURLToPath(new URL('requests', import.meta.url)) }
  }
}
