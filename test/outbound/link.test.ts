import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { config, faultOf, plain } from './door.ts'

const outbound = createOutbound(config)
const check = async (text: string) => outbound.check(text, 'videoUrl')

test.each([
  ['', 'url_invalid', '以 http:// 或 https:// 开头'],
  ['video.mp4', 'url_invalid', '以 http:// 或 https:// 开头'],
  ['/srv/video.mp4', 'url_invalid', '以 http:// 或 https:// 开头'],
  ['http://', 'url_invalid', '以 http:// 或 https:// 开头'],
  ['http://exa mple.com/', 'url_invalid', '以 http:// 或 https:// 开头'],
  ['http://example.com:99999/', 'url_invalid', '以 http:// 或 https:// 开头'],
  ['http://1.2.3.4.5/', 'url_invalid', '以 http:// 或 https:// 开头'],
  ['file:///etc/passwd', 'url_invalid', '不支持 file:'],
  ['ftp://example.com/a', 'url_invalid', '不支持 ftp:'],
  ['gopher://example.com/', 'url_invalid', '不支持 gopher:'],
  ['data:video/mp4;base64,AAAA', 'url_invalid', '不支持 data:'],
  ['javascript:alert(1)', 'url_invalid', '不支持 javascript:'],
  ['http://user@example.com/', 'url_invalid', '用户名或密码'],
  ['http://:pass@example.com/', 'url_invalid', '用户名或密码'],
  ['http://example.com:0/', 'url_invalid', '端口'],
  ['http://10.0.0.1/', 'url_forbidden', '10.0.0.1'],
] satisfies [string, ErrorCode, string][])('refuses %s', async (text, code, reason) => {
  const fault = await faultOf(check(text), code)
  expect(fault.reason).toMatch(/^videoUrl /)
  expect(fault.reason).toContain(reason)
  expect((await faultOf(outbound.get(text, plain), code)).reason).toBe(fault.reason)
})

test('refuses more than 8192 characters, counted as they would be sent', async () => {
  const start = 'http://example.com/'
  const longest = start + 'a'.repeat(8192 - start.length)
  expect((await check(longest)).href).toBe(longest)
  for (const text of [`${longest}a`, start + '中'.repeat(3000)])
    expect((await faultOf(check(text), 'url_invalid')).reason).toContain('过长')
})

test('repeats no password in the reason', async () => {
  const fault = await faultOf(check('http://user:hunter2@example.com/'), 'url_invalid')
  expect(fault.message).not.toContain('hunter2')
})

describe('takes', () => {
  test.each([
    ['https://example.com/a.mp4?sign=1', 'https://example.com/a.mp4?sign=1'],
    [' http://example.com:8080/视频.mp4 ', 'http://example.com:8080/%E8%A7%86%E9%A2%91.mp4'],
    ['http://例子.测试/', 'http://xn--fsqu00a.xn--0zwm56d/'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://localhost/', 'http://localhost/'],
  ])('%s', (text, href) => {
    expect(outbound.check(text, 'videoUrl').href).toBe(href)
  })
})
