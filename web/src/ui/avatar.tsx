/** Each carries white text at 4.5:1 or more. */
const colours = ['#2f6db5', '#8a4fa8', '#a8502f', '#2c7a64', '#b03a63', '#6b6a2a', '#4f5fb0', '#7a5a3a']

/** The first letter of `name` on a colour that is always the same for `seed`. Decoration: the name stands beside it. */
export function Avatar({ name, seed }: { name: string; seed: string }) {
  let sum = 0
  for (const character of seed) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 0x7fffffff
  const [initial = '#'] = new Intl.Segmenter().segment(name.trim())
  return (
    <span className="hy-avatar" aria-hidden="true" style={{ backgroundColor: colours[sum % colours.length] }}>
      {typeof initial === 'string' ? initial : initial.segment.toUpperCase()}
    </span>
  )
}
