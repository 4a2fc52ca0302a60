import { test } from 'vitest'
import { expectAccessible } from '../rigs/browser.ts'
import { status } from '../rigs/origin.ts'
import { closeDialog, furnish, locales, words } from './furnish.ts'
import { browserStories, chatPath, film, held, lines } from './world.ts'

browserStories('axe finds nothing', ({ pair, signedIn }) => {
  test.each(locales)('on a conversation and its dialogs (%s)', async (locale) => {
    const all = await pair()
    await furnish(all)
    const { gateway, origin, swan } = all
    const t = words(locale)
    const page = await signedIn(gateway, { locale, path: chatPath(swan) })
    await page.getByRole('link', { name: /^Goose/ }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: t('发起会话', 'New conversation') }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Goose wxid/ })
      .click()
    await lines(page).filter({ hasText: 'a word' }).waitFor()
    await expectAccessible(page)

    const video = lines(page).filter({
      has: page.getByRole('button', { name: new RegExp(t('^播放视频', '^Play the video')) }),
    })
    const more = video.getByRole('button', { name: new RegExp(t('^更多', '^More about')) })
    await more.click()
    await expectAccessible(page)
    await page.getByRole('menuitem', { name: t('详情', 'Details') }).click()
    await expectAccessible(page)
    await closeDialog(page)
    await more.click()
    await page.getByRole('menuitem', { name: t('转发', 'Forward') }).click()
    await page.getByRole('dialog').getByRole('radio').first().waitFor()
    await expectAccessible(page)
    await closeDialog(page)
    await video.getByRole('button', { name: new RegExp(t('^播放视频', '^Play the video')) }).click()
    await lines(page).locator('video').waitFor()
    await lines(page)
      .getByRole('button', { name: t('查看大图', 'Open the image') })
      .click()
    await page.getByRole('dialog').getByRole('img').waitFor()
    await expectAccessible(page)
    await closeDialog(page)

    const slow = held(film)
    origin.route('/slow.mp4', slow.behaviour)
    origin.route('/gone.mp4', status(404))
    for (const name of ['gone', 'slow']) {
      await page.getByRole('button', { name: t('视频', 'Video'), exact: true }).click()
      await expectAccessible(page)
      await page
        .getByRole('dialog')
        .getByLabel(t('网址', 'URL'), { exact: true })
        .last()
        .fill(`${origin.url}/${name}.mp4`)
      await page
        .getByRole('dialog')
        .getByRole('button', { name: t('发送', 'Send'), exact: true })
        .click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    slow.give(250_000)
    await page.getByText('244 KB / 1,015 KB').waitFor()
    await page.getByText('fetch_status').waitFor()
    await expectAccessible(page)
    slow.finish()
    await page.getByRole('progressbar').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: t('本页发出的消息', 'Sent from here') }).click()
    await page.getByRole('dialog').getByText('slow.mp4').click()
    await page.getByRole('dialog').getByRole('tab', { name: 'Python' }).click()
    await expectAccessible(page)
    await closeDialog(page)
  })
})
