// @ts-check
import { short, verdict, wanted } from './figures.js'

const columns = ['what', 'measured', 'compared with', 'its figure', 'ratio', 'goal', 'verdict']

/**
 * The table and what it was measured on, as Markdown.
 * @param {readonly import('./figures.js').Row[]} rows
 * @param {readonly string[]} facts
 * @param {string} scale
 */
export function report(rows, facts, scale) {
  const lines = rows.map(({ what, measured, versus, compared, goals }) => [
    what,
    measured,
    versus,
    compared,
    short(goals[0]?.value ?? 0),
    goals.map(wanted).join(', '),
    verdict(goals),
  ])
  return `# How fast it is

Written by \`npm run bench\`. Each figure is the median of its rounds with the lowest and highest in brackets, measured
beside what it is compared with: in turns, in the same run. Gateway, origin, bare route and load generator are processes
of their own and share the cores, so the ratios say more than the figures. ${scale}

${facts.map((fact) => `- ${fact}`).join('\n')}

${table([columns, columns.map(() => '---'), ...lines])}
`
}

/** @param {readonly (readonly string[])[]} lines */
const table = (lines) => lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
