// Draws the pictures of the console in the README anew: a gateway on an empty folder, a conversation made through its
// API, and a browser that looks at it. Writes docs/images/console-*.png.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import sharp from 'sharp'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const images = 'docs/images'
/** Bytes of a picture; the README is read over slow lines too. */
const MOST = 200_000

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
if (!browserPath) {
  console.error('There is no Chromium on this machine; nothing was drawn.')
  process.exit(1)
}
mkdirSync(images, { recursive: true })

const dataDir = mkdtempSync(join(tmpdir(), 'hongyan-screenshots-'))
const token = 'screenshots-0123456789abcdef'
const film = readFileSync('assets/demo/hongyan.mp4')
const picture = await sharp('assets/demo/hongyan.jpg')
  .extract({ left: 230, top: 25, width: 340, height: 150 })
  .jpeg({ quality: 90 })
  .toBuffer()

const origin = createServer((request, response) => {
  if (request.url === '/geese.jpg') return response.end(picture)
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': film.length })
  if (request.url !== '/journey.mp4') return response.end(film)
  // A piece at a time, so that there is a speed, and never all of it.
  let at = 0
  const timer = setInterval(() => {
    if (at < film.length * 0.8) response.write(film.subarray(at, at + 40_000))
    at += 40_000
  }, 150)
  response.on('close', () => clearInterval(timer))
})
origin.listen(0, '127.0.0.1')
await once(origin, 'listening')
const media = `http://127.0.0.1:${addressPort(origin.address())}`

const gateway = spawn(process.execPath, ['dist/cli.js', 'serve'], {
  env: {
    ...process.env,
    HONGYAN_DATA_DIR: dataDir,
    HONGYAN_PORT: '0',
    HONGYAN_TOKEN: token,
    HONGYAN_FETCH_ALLOW: '127.0.0.0/8',
    HONGYAN_LOG_LEVEL: 'info',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const ended = once(gateway, 'exit')
try {
  const baseUrl = await addressOf(gateway.stdout)
  const place = await furnish(baseUrl)
  await draw(baseUrl, place)
} finally {
  gateway.kill()
  await ended
  origin.closeAllConnections()
  origin.close()
  rmSync(dataDir, { recursive: true, force: true })
}

/**
 * Makes the devices and what they say to each other.
 * @param {string} baseUrl
 */
async function furnish(baseUrl) {
  const post = caller(baseUrl)
  const cookie = await signIn(baseUrl)
  const ask = caller(`${baseUrl}/console`, { cookie, 'x-hongyan-console': '1' })
  /** @param {string} nickName */
  const device = async (nickName) => {
    const { appId, uuid } = await post('/login/getLoginQrCode', { appId: '', channel: 'local' })
    const { loginInfo } = await post('/login/checkLogin', { appId, uuid })
    await ask('/renameDevice', { appId, nickName })
    return { appId, wxid: loginInfo.wxid }
  }
  const [wu, yan, tang, he] = [
    await device('吴小雁'),
    await device('燕子'),
    await device('糖糖'),
    await device('老何'),
  ]
  /** @param {{ appId: string }} from @param {string} toWxid @param {string} content */
  const say = ({ appId }, toWxid, content) => post('/message/postText', { appId, toWxid, content })

  const to = { appId: wu.appId, toWxid: yan.wxid }
  await say(he, wu.wxid, '周末去湖边看候鸟吗？')
  await say(wu, he.wxid, '去，早上六点出发')
  const { chatroomId } = await post('/group/createChatroom', {
    appId: wu.appId,
    wxids: [yan.wxid, tang.wxid, he.wxid],
  })
  await say(tang, chatroomId, '今年的大雁来得真早')
  await say(tang, wu.wxid, '望远镜我带')

  await say(yan, wu.wxid, '昨晚的雁阵拍到了吗？')
  await say(wu, yan.wxid, '拍到了，日落时正好从湖面飞过，发给你看看')
  const video = { videoUrl: `${media}/hongyan.mp4`, thumbUrl: '', videoDuration: 0 }
  await post('/message/postVideo', { ...to, ...video })
  await say(yan, wu.wxid, '太美了！可以转发到群里吗')
  await post('/message/postImage', { ...to, imgUrl: `${media}/geese.jpg` })
  await post('/message/postFile', {
    ...to,
    fileUrl: `${media}/hongyan.mp4`,
    fileName: '雁阵-原片.mp4',
  })
  await say(wu, yan.wxid, '当然，原片也给你')
  await post('/login/logout', { appId: he.appId })
  return { wu, yan }
}

/**
 * @param {string} baseUrl
 * @param {{ wu: { appId: string, wxid: string }, yan: { wxid: string } }} place
 */
async function draw(baseUrl, { wu, yan }) {
  const browser = await chromium.launch({ executablePath: browserPath ?? '', args: ['--no-sandbox'] })
  try {
    const chat = `/console/chat/${wu.appId}/${yan.wxid}`
    const wide = await open(browser, baseUrl, { viewport: { width: 1080, height: 720 } })
    await wide.goto(`${baseUrl}/console/devices`)
    await wide.getByRole('heading', { name: '糖糖' }).waitFor()
    await save(wide, 'console-devices')
    await wide.goto(`${baseUrl}${chat}`)
    await settled(wide)
    await save(wide, 'console-chat')

    await wide.getByRole('button', { name: '视频', exact: true }).click()
    await wide.getByLabel('网址', { exact: true }).last().fill(`${media}/journey.mp4`)
    await wide.getByRole('dialog').getByRole('button', { name: '发送', exact: true }).click()
    await wide.getByText(/^[4-7]\d\d KB \/ .*此步还需/).waitFor()
    await save(wide, 'console-send')

    const phone = await open(browser, baseUrl, { viewport: { width: 390, height: 800 }, colorScheme: 'dark' })
    await phone.goto(`${baseUrl}${chat}`)
    await settled(phone)
    await save(phone, 'console-phone-dark')
  } finally {
    await browser.close()
  }
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} baseUrl
 * @param {import('playwright-core').BrowserContextOptions} options
 */
async function open(browser, baseUrl, options) {
  const context = await browser.newContext({ locale: 'zh-CN', deviceScaleFactor: 2, ...options })
  const page = await context.newPage()
  await page.goto(`${baseUrl}/console`)
  await page.getByLabel('token', { exact: true }).fill(token)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('navigation', { name: '主导航' }).waitFor()
  return page
}

/**
 * Waits for the chat's last words and its pictures.
 * @param {import('playwright-core').Page} page
 */
async function settled(page) {
  await page.getByText('当然，原片也给你').last().waitFor()
  for (const thumb of await page.getByRole('region', { name: '消息' }).locator('img').all())
    await thumb.evaluate((image) => /** @type {any} */ (image).decode())
}

/**
 * Twice the size, or once where that is too large a file.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
async function save(page, name) {
  await page.mouse.move(0, 0)
  const shot = await page.screenshot()
  const path = `${images}/${name}.png`
  const large = await sharp(shot).png({ palette: true, compressionLevel: 9, effort: 10 }).toFile(path)
  if (large.size > MOST) {
    const { width = 0 } = await sharp(shot).metadata()
    const half = sharp(shot).resize({ width: Math.round(width / 2) })
    await half.png({ palette: true, compressionLevel: 9, effort: 10 }).toFile(path)
  }
  const { width, height } = await sharp(path).metadata()
  console.log(`${path}: ${width} × ${height}, ${statSync(path).size} bytes`)
}

/**
 * Calls one route after another; each answers `data`.
 * @param {string} base
 * @param {Record<string, string>} headers
 */
function caller(base, headers = { 'x-gewe-token': token }) {
  /** @param {string} path @param {object} body @returns {Promise<any>} */
  return async (path, body) => {
    const response = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const { ret, msg, data } = await response.json()
    if (ret !== 200) throw new Error(`${path}: ${msg} ${data?.msg ?? ''}`)
    return data
  }
}

/** @param {string} baseUrl */
async function signIn(baseUrl) {
  const response = await fetch(`${baseUrl}/console/signIn`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hongyan-console': '1' },
    body: JSON.stringify({ token }),
  })
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** @param {import('node:stream').Readable} output */
async function addressOf(output) {
  for await (const line of createInterface({ input: output })) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (address) {
      output.resume()
      return address
    }
  }
  throw new Error('the gateway ended before it listened')
}

/** @param {ReturnType<import('node:http').Server['address']>} address */
function addressPort(address) {
  return typeof address === 'object' && address ? address.port : 0
}
