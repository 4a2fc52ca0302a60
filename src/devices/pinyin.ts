/** How a name sorts and is searched for: initials in capitals and the full reading, as WeChat gives them (contract 2.8). */
export async function pinyinOf(name: string): Promise<{ pyInitial: string; quanPin: string }> {
  if (name === '') return { pyInitial: '', quanPin: '' }
  const { pinyin } = await import('pinyin-pro')
  const options = { toneType: 'none', type: 'array', nonZh: 'consecutive' } as const
  const letters = (parts: string[]) => parts.join('').replace(/[^a-z0-9]/gi, '')
  const initials = pinyin(name, { ...options, pattern: 'first' })
  return { pyInitial: letters(initials).toUpperCase(), quanPin: letters(pinyin(name, options)) }
}
