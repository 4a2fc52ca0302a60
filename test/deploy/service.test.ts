import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { newFolder } from '../rigs/process.ts'
import { atHand, deployed, filledIn, outcomeOf } from './program.ts'

const unit = deployed('hongyan.service')
/** What the unit says of a key, the last word counting. */
const told = (key: string): string | undefined =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].at(-1)?.[1]

test('systemd waits longer than a stop takes', () => {
  const { config } = readConfig({})
  // The requests, a second for last words, then at most ten for callbacks under way.
  const longest = config.shutdownTimeoutMs + 1000 + 10_000
  expect(Number(told('TimeoutStopSec')) * 1000).toBeGreaterThan(longest)
  expect(told('KillMode')).toBe('mixed')
})

test('the unit, the image, npm start and what is measured start Node alike', () => {
  const flag = '--v8-pool-size=1'
  expect(told('ExecStart')).toContain(` ${flag} `)
  expect(deployed('Dockerfile')).toMatch(new RegExp(`^ENTRYPOINT \\["node", "${flag}", `, 'm'))
  expect(readFileSync('package.json', 'utf8')).toContain(`node ${flag} dist/cli.js serve`)
  expect(readFileSync('bench/gateway.js', 'utf8')).toContain(`'${flag}', cli, 'serve'`)
})

test('the settings in the unit are settings, and the data folder is the one that systemd makes', () => {
  const env = Object.fromEntries(
    [...unit.matchAll(/^Environment=([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
  const { config } = readConfig(env)
  expect(config.dataDir).toBe(`/var/lib/${told('StateDirectory')}`)
  expect(config.openTokens).toBe(false)
})

test('the process may write its data folder and nothing else, and gains no right', () => {
  expect(told('User')).toBe('hongyan')
  for (const [key, value] of [
    ['ProtectSystem', 'strict'],
    ['NoNewPrivileges', 'yes'],
    ['CapabilityBoundingSet', ''],
    ['StateDirectoryMode', '0700'],
    ['UMask', '0077'],
  ] as const) {
    expect({ key, value: told(key) }).toEqual({ key, value })
  }
  expect(unit).not.toMatch(/^ReadWritePaths=/m)
})

test('systemd takes the unit, and calls what is left open little', ({ skip }) => {
  if (!atHand('systemd-analyze')) skip('systemd-analyze is not at hand')
  const path = join(newFolder(), 'hongyan.service')
  writeFileSync(path, filledIn(unit, [['/usr/bin/node', process.execPath]]))
  expect(outcomeOf('systemd-analyze', ['verify', path])).toEqual({ code: 0, said: '' })
  // Its scale goes to 10, and most services reach 9; the threshold counts in tenths.
  const security = ['security', '--offline=true', '--threshold=20', path]
  expect(outcomeOf('systemd-analyze', security)).toMatchObject({ code: 0 })
})
