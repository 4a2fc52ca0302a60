import { expect, test } from 'vitest'
import { keep, sees } from '../rigs/browser.ts'
import { browserStories, chatPath, film, lines, rename } from './world.ts'

const markup = '<img src=x onerror="window.hacked=1"><b>'
const script = '<script>window.hacked=1</script> javascript:window.hacked=1'
const fileName = '<img src=x onerror="window.hacked=1">.mp4'

browserStories('hostile content', ({ pair, signedIn }) => {
  test('in names, words, files and XML is shown as text, runs nowhere and asks nobody', async () => {
    const { gateway, origin, swan, goose, say } = await pair()
    await rename(gateway, goose, markup)
    const asked: string[] = []
    await say(goose, swan.wxid, markup)
    await say(goose, swan.wxid, `${script} http://127.0.0.1:9/pixel.png`)
    await gateway.post('/message/postFile', {
      appId: goose.appId,
      toWxid: swan.wxid,
      fileUrl: `${origin.url}/film.mp4`,
      fileName,
    })
    await gateway.post('/message/postVideo', {
      appId: goose.appId,
      toWxid: swan.wxid,
      videoUrl: `${origin.url}/film.mp4`,
      thumbUrl: `${origin.url}/thumb.jpg`,
      videoDuration: 10,
    })
    const page = await signedIn(gateway)
    page.on('request', (request) => asked.push(request.url()))
    await sees(page, markup)
    await page.getByRole('link', { name: `Open chats Swan` }).click()
    await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').click()
    await lines(page).first().getByText(markup, { exact: true }).last().waitFor()
    await lines(page).getByText(fileName, { exact: true }).waitFor()
    await page.getByRole('heading', { name: markup, level: 2 }).waitFor()
    // The only links in what was said are to the gateway's own copy of a file.
    const links = await lines(page)
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => link.href))
    expect(links).toEqual([
      expect.stringMatching(`^${gateway.baseUrl}/console/media/${swan.appId}/\\d+/body$`),
    ])
    await keep(page, 'hostile')

    await lines(page)
      .last()
      .getByRole('button', { name: /^More about/ })
      .click()
    await page.getByRole('menuitem', { name: 'Details' }).click()
    await page
      .getByRole('dialog')
      .getByText(/^<\?xml/)
      .waitFor()
    await page.keyboard.press('Escape')
    await lines(page)
      .last()
      .getByRole('button', { name: /^More about/ })
      .click()
    await page.getByRole('menuitem', { name: 'Forward' }).click()
    await page.getByRole('dialog').getByText(markup).first().waitFor()
    await page.keyboard.press('Escape')
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    expect(asked.filter((url) => new URL(url).origin !== gateway.baseUrl)).toEqual([])
    expect(asked.length).toBeGreaterThan(0)
    expect(await page.title()).toBe(`${markup} · Hongyan`)
  })

  test('a file is saved under its name without being opened', async () => {
    const { gateway, origin, swan, goose } = await pair()
    origin.route('/page.html', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<script>window.opener.hacked=1</script>')
    })
    await gateway.post('/message/postFile', {
      appId: goose.appId,
      toWxid: swan.wxid,
      fileUrl: `${origin.url}/page.html`,
      fileName: '../../page.html',
    })
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      lines(page)
        .getByRole('link', { name: /^Download/ })
        .click(),
    ])
    expect(download.suggestedFilename()).not.toContain('/')
    expect(download.suggestedFilename()).toMatch(/page\.html$/)
    expect(page.url()).toBe(`${gateway.baseUrl}/console${chatPath(swan, goose.wxid)}`)
  })

  test('names of files on the disk are shown as text too', async () => {
    const { gateway, swan, goose } = await pair()
    const page = await signedIn(gateway, { path: chatPath(swan, goose.wxid) })
    await page.getByRole('button', { name: 'Video', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'This computer' }).check()
    await dialog
      .getByLabel('Choose files')
      .setInputFiles({ name: fileName, mimeType: 'video/mp4', buffer: film })
    await dialog.getByText(fileName, { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    await lines(page)
      .getByRole('button', { name: /^Play the video/ })
      .waitFor()
    await page.getByRole('button', { name: 'Sent from here' }).click()
    await page.getByRole('dialog').getByText(fileName, { exact: true }).click()
    await page.getByRole('dialog').getByRole('tab', { name: 'Python' }).click()
    expect(await page.evaluate('window.hacked')).toBeUndefined()
  })
})
