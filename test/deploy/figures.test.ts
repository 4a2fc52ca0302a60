import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { startTestGateway, type TestGateway } from '../rigs/gateway.ts'
import { atHand, deployed, outcomeOf } from './program.ts'

/** What the alerts take from elsewhere than the gateway, as their first lines say. */
const elsewhere = ['up', 'probe_success', 'node_filesystem_avail_bytes', 'node_filesystem_size_bytes']
/** Of PromQL. */
const words =
  /^(sum|min|max|rate|increase|by|or|ignoring|group_left|time|vector|histogram_quantile|predict_linear|label_values)$/

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly action: string }
}

interface Panel {
  readonly title: string
  readonly targets: readonly { readonly expr: string }[]
}

const alerts: readonly Alert[] = parse(deployed('alerts.yml')).groups[0].rules
const panels: readonly Panel[] = JSON.parse(deployed('grafana.json')).panels
const expressions = [
  ...alerts.map(({ alert, expr }) => ({ at: alert, expr })),
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ at: title, expr }))),
]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.close())

/** The figures that an expression reads. */
function figuresIn(expr: string): string[] {
  const bare = expr
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replace(/\b(by|ignoring|group_left)\s*\([^)]*\)/g, ' ')
    .replace(/label_values\(([^,]+),[^)]*\)/g, '$1')
  return [...bare.matchAll(/[a-z_][a-z0-9_]*/gi)].map(([name]) => name).filter((name) => !words.test(name))
}

test('an alert and the dashboard name figures that a running gateway shows, and no others', async () => {
  const text = await (await fetch(`${gateway.baseUrl}/metrics`)).text()
  const shown = new Set(elsewhere)
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const ends = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    for (const end of ends) shown.add(name + end)
  }
  const unknown = expressions.flatMap(({ at, expr }) =>
    figuresIn(expr)
      .filter((name) => !shown.has(name))
      .map((name) => `${at}: ${name}`),
  )
  expect(unknown).toEqual([])
  expect(expressions.every(({ expr }) => figuresIn(expr).length > 0)).toBe(true)
})

test('every figure of our own is on the dashboard', async () => {
  const text = await (await fetch(`${gateway.baseUrl}/metrics`)).text()
  const drawn = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => figuresIn(expr))).join(' ')
  const own = [...text.matchAll(/^# TYPE (hongyan_\S+)/gm)].map(([, name = '']) => name)
  expect(own.length).toBeGreaterThan(5)
  expect(own.filter((name) => !drawn.includes(name))).toEqual([])
})

test('an alert asks for results and states that exist', () => {
  const codes = [...readFileSync(resolve('src/errors.ts'), 'utf8').matchAll(/^ {2}([a-z_]+): \{/gm)].map(
    ([, code = '']) => code,
  )
  const asked = expressions.flatMap(({ expr }) => [...expr.matchAll(/result=~"([^"]+)"/g)])
  expect(asked.length).toBeGreaterThan(0)
  for (const [, pattern = ''] of asked) {
    for (const each of pattern.split('|')) {
      expect(
        codes.some((code) => new RegExp(`^(${each})$`).test(code)),
        each,
      ).toBe(true)
    }
  }
  const states = expressions.flatMap(({ expr }) => [...expr.matchAll(/state="([^"]+)"/g)])
  expect(new Set(states.map(([, state]) => state))).toEqual(new Set(['online', 'failing', 'scan needed']))
})

test('each alert says how bad it is, what is wrong and what to do', () => {
  expect(alerts.length).toBeGreaterThan(5)
  for (const { alert, labels, annotations } of alerts) {
    expect(alert).toMatch(/^Hongyan[A-Z]/)
    expect(labels.severity).toMatch(/^(critical|warning)$/)
    expect(annotations).toEqual({
      summary: expect.stringMatching(/\.$/),
      action: expect.stringMatching(/\.$/),
    })
  }
})

test('the panels of the dashboard have ids and places of their own', () => {
  const { panels } = JSON.parse(deployed('grafana.json')) as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[]
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(panels.every(({ gridPos }) => gridPos.x + gridPos.w <= 24)).toBe(true)
})

test('Prometheus takes the rules', ({ skip }) => {
  if (!atHand('promtool')) skip('promtool is not at hand')
  expect(outcomeOf('promtool', ['check', 'rules', 'deploy/alerts.yml'])).toMatchObject({ code: 0 })
})
