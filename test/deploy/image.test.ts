import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ValidationSeverity, type ValidatorSettings, validate } from 'dockerfile-utils'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { newFolder, run, settingsFor, untilServing } from '../rigs/process.ts'
import { deployed } from './program.ts'

vi.setConfig({ testTimeout: 180_000 })

interface Instruction {
  readonly name: string
  readonly text: string
}

/** The Dockerfile's stages, each a list of instructions with its FROM first. */
const stages = instructionsIn(deployed('Dockerfile')).reduce<Instruction[][]>((all, each) => {
  if (each.name === 'FROM') all.push([])
  all.at(-1)?.push(each)
  return all
}, [])
const [build = [], image = []] = stages
const of = (stage: readonly Instruction[], name: string): string[] =>
  stage.filter((each) => each.name === name).map(({ text }) => text)
/** What a stage takes from the repository, and where it puts it. */
const taken = (stage: readonly Instruction[]) =>
  of(stage, 'COPY')
    .filter((text) => !text.startsWith('--from='))
    .map((text) => {
      const paths = text.split(/\s+/)
      return { sources: paths.slice(0, -1), target: paths.at(-1) ?? '' }
    })

function instructionsIn(text: string): Instruction[] {
  const whole = text.replace(/^#.*\n/gm, '').replace(/\\\n\s*/g, ' ')
  return whole
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
      return { name, text: rest }
    })
}

/** Whatever the linter can judge is a fault. */
const strict: ValidatorSettings = {
  deprecatedMaintainer: ValidationSeverity.ERROR,
  directiveCasing: ValidationSeverity.ERROR,
  emptyContinuationLine: ValidationSeverity.ERROR,
  instructionCasing: ValidationSeverity.ERROR,
  instructionCmdMultiple: ValidationSeverity.ERROR,
  instructionEntrypointMultiple: ValidationSeverity.ERROR,
  instructionHealthcheckMultiple: ValidationSeverity.ERROR,
  instructionJSONInSingleQuotes: ValidationSeverity.ERROR,
  instructionWorkdirRelative: ValidationSeverity.ERROR,
}
const lint = (text: string) =>
  validate(text, strict).map(({ range, message }) => `line ${range.start.line + 1}: ${message}`)

test('a linter finds nothing in the Dockerfile, and something in one with a mistake', () => {
  const dockerfile = deployed('Dockerfile')
  expect(lint(dockerfile)).toEqual([])
  const mistakes = [
    ['WORKDIR /app', 'WORKDIR app'],
    ['EXPOSE 2531', 'EXPOSE port'],
    ['--retries=3', '--tries=3'],
    ['CMD ["serve"]', "CMD ['serve']"],
    ['COPY LICENSE ./', 'COPY LICENSE README.md .'],
    ['VOLUME /data', 'VOLUMES /data'],
    ['STOPSIGNAL SIGTERM', 'STOPSIGNAL TERM?'],
  ] as const
  for (const [right, wrong] of mistakes) {
    expect(dockerfile).toContain(right)
    expect(lint(dockerfile.replace(right, wrong)), wrong).toHaveLength(1)
  }
})

test('the base is pinned to a version of Node that the package wants, small in the end', () => {
  expect(stages).toHaveLength(2)
  const bases = stages.map((stage) => of(stage, 'FROM')[0])
  expect(bases[0]).toMatch(/^node:(\d+\.\d+\.\d+)-bookworm AS build$/)
  expect(bases[1]).toMatch(/^node:(\d+\.\d+\.\d+)-bookworm-slim$/)
  const [first, second] = bases.map((base) => /\d+\.\d+\.\d+/.exec(base ?? '')?.[0])
  // What is compiled for one would not load in the other.
  expect(first).toBe(second)
  const wanted = JSON.parse(readFileSync('package.json', 'utf8')).engines.node
  expect(`>=${first?.replace(/\.\d+$/, '.0')}`).toBe(wanted)
})

test('it runs as a user that is not root, and what it keeps is that user’s alone', () => {
  expect(of(image, 'USER')).toEqual(['1000:1000'])
  expect(image.findLastIndex(({ name }) => name === 'RUN')).toBeLessThan(
    image.findIndex(({ name }) => name === 'USER'),
  )
  expect(of(image, 'VOLUME')).toEqual(['/data'])
  expect(of(image, 'RUN').join()).toContain('--owner=node --group=node --mode=0700 /data')
})

test('no secret is in it, nothing is fetched but packages, and no tool of the workshop stays', () => {
  for (const stage of stages) {
    expect(of(stage, 'ADD')).toEqual([])
    expect(of(stage, 'ARG')).toEqual([])
    expect(of(stage, 'RUN').join()).not.toMatch(/curl|wget|apt|npm install/)
  }
  const env = Object.fromEntries(
    of(image, 'ENV').flatMap((text) =>
      text.split(/\s+/).map((pair) => pair.split('=', 2) as [string, string]),
    ),
  )
  const { config, secrets } = readConfig(env)
  expect(secrets).toEqual({ token: undefined, secretKey: undefined, databaseUrl: undefined })
  expect(config).toMatchObject({ dataDir: '/data', host: '0.0.0.0', openTokens: false })
  expect(of(build, 'RUN').at(-1)).toContain('npm prune --omit=dev')
})

test('everything it copies exists, and only that goes to the builder', () => {
  const sources = stages.flatMap((stage) => taken(stage).flatMap(({ sources }) => sources))
  expect(sources.filter((path) => !existsSync(path))).toEqual([])
  const ignore = deployed('Dockerfile.dockerignore').split('\n')
  const [first, ...allowed] = ignore.filter((line) => line && !line.startsWith('#'))
  expect(first).toBe('*')
  expect(allowed.toSorted()).toEqual(sources.map((path) => `!${path}`).toSorted())
})

test('what it copies is enough to build and to serve, and its health check tells life from death', async () => {
  const workshop = join(newFolder(), 'build')
  for (const { sources, target } of taken(build)) {
    for (const source of sources) {
      const to = join(workshop, target, target.endsWith('/') ? (source.split('/').at(-1) ?? '') : '')
      mkdirSync(join(to, '..'), { recursive: true })
      cpSync(source, to, { recursive: true })
    }
  }
  symlinkSync(resolve('node_modules'), join(workshop, 'node_modules'))
  const built = spawnSync('node', ['scripts/build.js'], { cwd: workshop, encoding: 'utf8' })
  expect({ code: built.status, said: built.stderr }).toMatchObject({ code: 0 })

  const home = join(newFolder(), 'app')
  mkdirSync(home)
  for (const part of of(image, 'COPY').flatMap(
    (text) => /--from=build \/build\/(\S+) /.exec(text)?.[1] ?? [],
  )) {
    if (part === 'node_modules') symlinkSync(resolve(part), join(home, part))
    else cpSync(join(workshop, part), join(home, part), { recursive: true })
  }
  expect(existsSync(join(home, 'dist/web/index.html'))).toBe(true)
  const dataDir = newFolder()
  const command = run({ args: ['serve'], home, env: settingsFor(dataDir) })
  const { baseUrl } = await untilServing(command, dataDir)
  const [check = ''] = of(image, 'HEALTHCHECK')
  const [program = '', ...args]: string[] = JSON.parse(/CMD (\[.*\])$/.exec(check)?.[1] ?? '[]')
  const health = () => {
    const env = { PATH: process.env.PATH, HONGYAN_PORT: new URL(baseUrl).port }
    return spawnSync(program, args, { env }).status
  }
  expect(health()).toBe(0)
  command.child.kill('SIGTERM')
  expect(await command.ended).toMatchObject({ code: 0 })
  expect(health()).toBe(1)
})
