import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiCall, snippetLanguages, snippets } from '../../web/src/send/snippets.ts'
import { fc } from '../rigs/properties.ts'
import { snippetWorld, uploadedUrl } from './snippet-runs.ts'

let world: Awaited<ReturnType<typeof snippetWorld>>
beforeAll(async () => {
  world = await snippetWorld()
})
afterAll(() => world.close())

const hostile = [
  `it's "quoted" \`and\` \\backslashed\\ \\n \\u0041 $HOME $(id) %s {x} \${y} #{z} !!`,
  'line one\nline two\r\n\ttabbed\u0000nul\u001b[31mred\u007f',
  '鸿雁 👩‍👩‍👧 \u202edetrevni\u202c \u2028 \u2029 \ufeff',
  `'; rm -rf / #`,
  `"""'''`,
  '\ud83d alone',
]

const callOf = (change: Partial<ApiCall>): ApiCall => ({
  baseUrl: world.baseUrl,
  route: 'postText',
  body: { appId: 'wx_a', toWxid: 'wxid_b', content: 'x' },
  key: 'key-1',
  uploads: [],
  ...change,
})

describe.each(snippetLanguages)('the %s snippet', (language) => {
  test.each(hostile)('sends exactly the text %j', async (content) => {
    const body = { appId: 'wx_a', toWxid: 'wxid_b', content }
    const { heard, stdout } = await world.run(language, snippets[language](callOf({ body })))
    expect(heard).toHaveLength(1)
    expect(heard[0]).toMatchObject({ method: 'POST', url: '/message/postText' })
    expect(heard[0]?.headers).toMatchObject({
      'x-gewe-token': 'YOUR_TOKEN',
      'idempotency-key': 'key-1',
      'content-type': expect.stringContaining('application/json'),
    })
    expect(JSON.parse(heard[0]?.body ?? '')).toEqual(body)
    expect(stdout).toContain('newMsgId')
  })

  test('sends whatever text there may be', { timeout: 120_000 }, async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(text, fc.nat(99_999), async (content, seconds) => {
        const body = { appId: content, toWxid: 'b', content, videoDuration: seconds }
        const { heard } = await world.run(language, snippets[language](callOf({ body })))
        expect(heard.map((each) => JSON.parse(each.body))).toEqual([body])
      }),
      { numRuns: 5 },
    )
  })

  test.each(['clip.mp4', `it's "a" \\ $HOME [x]{y},*.mp4`, '-n', '<img onerror=alert(1)> 视频\n\u202e.mp4'])(
    'uploads the file %j first and sends its URL',
    async (name) => {
      await writeFile(join(world.folder, name), '视频')
      const call = callOf({
        route: 'postVideo',
        body: { appId: 'a', toWxid: 'b', videoUrl: 'private', thumbUrl: '', videoDuration: 0 },
        uploads: [{ field: 'videoUrl', name }],
      })
      const { heard } = await world.run(language, snippets[language](call))
      const [upload, send] = heard
      expect(heard).toHaveLength(2)
      const { pathname, searchParams } = new URL(upload?.url ?? '', world.baseUrl)
      expect(pathname).toBe('/tools/uploadFile')
      expect([...searchParams]).toEqual([['name', name]])
      expect(upload?.headers).toMatchObject({
        'x-gewe-token': 'YOUR_TOKEN',
        'content-type': 'application/octet-stream',
      })
      expect(upload?.headers['idempotency-key']).toBeUndefined()
      expect(upload?.body).toBe('视频')
      expect(JSON.parse(send?.body ?? '')).toEqual({ ...call.body, videoUrl: uploadedUrl(1) })
    },
  )

  test('uploads a video and its thumbnail, each into its own field', async () => {
    await writeFile(join(world.folder, 'v.mp4'), 'video')
    await writeFile(join(world.folder, 't.jpg'), 'thumb')
    const call = callOf({
      route: 'postVideo',
      body: { appId: 'a', toWxid: 'b', videoUrl: '', thumbUrl: '', videoDuration: 3 },
      uploads: [
        { field: 'videoUrl', name: 'v.mp4' },
        { field: 'thumbUrl', name: 't.jpg' },
      ],
    })
    const { heard } = await world.run(language, snippets[language](call))
    expect(heard.map(({ body }) => body).slice(0, 2)).toEqual(['video', 'thumb'])
    expect(JSON.parse(heard[2]?.body ?? '')).toEqual({
      ...call.body,
      videoUrl: uploadedUrl(1),
      thumbUrl: uploadedUrl(2),
    })
  })

  test('shows nothing that a terminal obeys or that turns text around', () => {
    const name = hostile.slice(0, -1).join('')
    const call = callOf({
      body: { appId: 'a', toWxid: 'b', content: hostile.join('') },
      uploads: [{ field: 'fileUrl', name }],
    })
    const code = snippets[language](call)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(code).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/)
  })
})

test('the TypeScript snippet passes the compiler at its strictest', { timeout: 120_000 }, async () => {
  const call = callOf({
    route: 'postFile',
    body: { appId: 'a', toWxid: 'b', fileUrl: '', fileName: 'a.txt' },
    uploads: [{ field: 'fileUrl', name: 'a.txt' }],
  })
  const file = join(world.folder, 'snippet.mts')
  await writeFile(file, snippets.typescript(call))
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    typeRoots: [join(import.meta.dirname, '../../node_modules/@types')],
  })
  const faults = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)
  expect(faults).toEqual([])
})

test('the curl snippet runs in a plain shell where nothing unseen is in it', async () => {
  const call = callOf({ body: { appId: 'a', toWxid: 'b', content: `it's "so"` } })
  await promisify(execFile)('sh', ['-c', snippets.curl(call)])
  const { heard } = await world.run('curl', snippets.curl(call))
  expect(JSON.parse(heard[0]?.body ?? '')).toEqual(call.body)
})
