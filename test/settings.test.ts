import { describe, expect, it } from 'vitest'
import * as read from '../src/settings.ts'

const KiB = 1024

describe('a whole number', () => {
  const parse = read.whole(7, 0, 100)
  it('has a default, and takes its bounds', () => {
    expect([parse(undefined), parse('0'), parse('100'), parse('007')]).toEqual([7, 0, 100, 7])
  })
  it.each(['101', '-1', '1.5', '1e2', '0x10', 'ten', '5s', '5 MiB', '１', '9'.repeat(16)])(
    'refuses %j',
    (text) => {
      expect(() => parse(text)).toThrow('a whole number from 0 to 100')
    },
  )
})

describe('a number of bytes', () => {
  const parse = read.whole(1, 1, 1024 ** 4, 'bytes')
  it.each([
    ['10', 10],
    ['10B', 10],
    ['10KiB', 10 * KiB],
    ['10 MiB', 10 * KiB ** 2],
    ['1gib', KiB ** 3],
    ['1TiB', KiB ** 4],
  ])('reads %j', (text, bytes) => {
    expect(parse(text)).toBe(bytes)
  })
  it.each(['0', '2TiB', '1GB', '1G', '1kb', 'GiB', '1.5GiB', '-1MiB', '1 Mi B'])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow('KiB, MiB or GiB')
  })
})

describe('one of several words', () => {
  const parse = read.oneOf('auto', 'on', 'off')
  it('has a default and takes the words as they are written', () => {
    expect([parse(undefined), parse('auto'), parse('on'), parse('off')]).toEqual([
      'auto',
      'auto',
      'on',
      'off',
    ])
  })
  it.each(['ON', 'yes', 'o'])('refuses %j and lists the words', (text) => {
    expect(() => parse(text)).toThrow('one of auto, on, off')
  })
})

describe('a token', () => {
  it.each(['0123456789abcdef', 'A-b_c.d~e+f/g=h-1', 'x'.repeat(128)])('may be %j', (value) => {
    expect(read.token(value)).toBe(value)
  })
  it.each([
    'short',
    'x'.repeat(129),
    'has a blank inside',
    'quote"0123456789',
    '令牌令牌令牌令牌令牌令牌令牌令牌',
  ])('may not be %j', (value) => {
    expect(() => read.token(value)).toThrow('16 to 128')
  })
})

describe('the secret key', () => {
  it('is 64 hex digits, or absent', () => {
    expect(read.secretKey(undefined)).toBeUndefined()
    expect(read.secretKey('Ab'.repeat(32))).toEqual(Buffer.alloc(32, 0xab))
  })
  it.each(['ab'.repeat(31), 'ab'.repeat(33), 'zz'.repeat(32)])('is not %j', (value) => {
    expect(() => read.secretKey(value)).toThrow('64 hex digits')
  })
})

describe('address ranges', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    [' 10.0.0.0/8 , ::1/128,, ', ['10.0.0.0/8', '::1/128']],
    ['192.168.1.7,fd00::1', ['192.168.1.7/32', 'fd00::1/128']],
    ['0.0.0.0/0', ['0.0.0.0/0']],
  ])('reads %j', (text, ranges) => {
    expect(read.ranges(text)).toEqual(ranges)
  })
  it.each([
    '10.0.0.0/33',
    '::1/129',
    'localhost',
    '10.0.0.0/8;10.1.0.0/16',
    '10.0.0.0/',
    '10.0.0.0-10.0.0.9',
  ])('refuses %j', (text) => {
    expect(() => read.ranges(text)).toThrow('CIDR ranges')
  })
  it.each(['10/8', '10', '172.16/12', '010.0.0.0/8', '0x7f.0.0.0/8'])(
    'refuses %j, which would open another range than the one that was meant',
    (text) => {
      expect(() => read.ranges(text)).toThrow('CIDR ranges')
    },
  )
  it('refuses the whole list for one bad entry', () => {
    expect(() => read.ranges('10.0.0.0/8,nonsense')).toThrow('CIDR ranges')
  })
})

describe('a URL', () => {
  const parse = read.url('http:', 'https:')
  it('is read, or absent', () => {
    expect(parse(undefined)).toBeUndefined()
    expect(parse('https://gateway.example.com/base')?.href).toBe('https://gateway.example.com/base')
  })
  it.each(['gateway.example.com', 'ftp://x/', '//x/', 'http://', 'https://x/#part'])('is not %j', (text) => {
    expect(() => parse(text)).toThrow('a URL that starts with http: or https:')
  })
  it('of a web address has no query, since paths are put behind it', () => {
    expect(() => parse('https://gateway.example.com/?a=1')).toThrow('a URL')
  })
  it('of a database may have one', () => {
    const url = 'postgres://u@h/d?sslmode=require'
    expect(read.url('postgres:', 'postgresql:')(url)?.href).toBe(url)
  })
  it('of a folder names no host, as file://var/blobs does', () => {
    expect(read.url('file:')('file:///var/blobs')?.href).toBe('file:///var/blobs')
    expect(() => read.url('file:')('file://var/blobs')).toThrow('a URL')
  })
})

describe('a port or off', () => {
  it.each([
    [undefined, undefined],
    ['off', 'off'],
    ['0', 0],
    ['65535', 65_535],
  ])('reads %j', (text, port) => {
    expect(read.portOrOff(text)).toBe(port)
  })
  it.each(['65536', '-1', 'on', 'OFF', '80.5'])('refuses %j', (text) => {
    expect(() => read.portOrOff(text)).toThrow('a port from 0 to 65535, or off')
  })
})

describe('a host', () => {
  it.each(['0.0.0.0', '::', '::1', 'localhost', 'gateway-1.internal', 'a'])('may be %j', (text) => {
    expect(read.host(text)).toBe(text)
  })
  it.each(['[::1]', '127.0.0.1:2531', 'http://localhost', '-a', 'a-', 'a b', 'a_b'])(
    'may not be %j',
    (text) => {
      expect(() => read.host(text)).toThrow('an IP address or a host name')
    },
  )
  it('is this machine only unless told otherwise', () => {
    expect(read.host(undefined)).toBe('127.0.0.1')
  })
})
