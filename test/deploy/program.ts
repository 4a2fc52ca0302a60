import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** A file of the folder that operators copy from. */
export const deployed = (name: string): string => readFileSync(resolve('deploy', name), 'utf8')

/** Whether a program is on this machine. */
export const atHand = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { env: searched() }).status === 0

/** Daemons are not on everybody's path. */
export const searched = (): NodeJS.ProcessEnv => ({
  PATH: `${process.env.PATH}:/usr/sbin`,
  HOME: process.env.HOME,
})

/** Runs a program to its end. */
export function outcomeOf(program: string, args: readonly string[]): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { env: searched(), encoding: 'utf8' })
  return { code: status, said: `${stdout}${stderr}` }
}

/** Replaces what an operator would fill in; a text that is not there is a mistake. */
export function filledIn(
  text: string,
  changes: readonly (readonly [from: string | RegExp, to: string])[],
): string {
  return changes.reduce((done, [from, to]) => {
    if (done.search(from) < 0) throw new Error(`there is no ${from}`)
    return done.replaceAll(from, to)
  }, text)
}
