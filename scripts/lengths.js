// Short files: half of them at most 80 lines, nine in ten at most 200, none over 400.
import { execSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

for (const folder of ['src', 'web/src']) {
  const files = execSync(
    `git ls-files --cached --others --exclude-standard '${folder}/*.ts' '${folder}/*.tsx'`,
    {
      encoding: 'utf8',
    },
  )
  const lengths = files
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
    .sort((a, b) => a.lines - b.lines)
  const at = (share) => lengths[Math.floor((lengths.length - 1) * share)]?.lines ?? 0
  const [median, p90, longest] = [at(0.5), at(0.9), at(1)]
  console.log(
    `${lengths.length} files in ${folder}: median ${median}, 90 % up to ${p90}, longest ${longest} lines`,
  )
  if (median > 80 || p90 > 200 || longest > 400) {
    console.error('Too long; the longest are:')
    for (const { file, lines } of lengths.slice(-8)) console.error(`  ${lines}  ${file}`)
    process.exitCode = 1
  }
}
