const words: Readonly<Record<number, string>> = {
  1: 'TEXT',
  3: 'IMAGE',
  34: 'VOICE',
  37: 'FRIEND_VERIFY',
  42: 'CARD',
  43: 'VIDEO',
  47: 'EMOJI',
  48: 'LOCATION',
  10000: 'SYSTEM',
}

const appMessages: Readonly<Record<string, string>> = {
  5: 'LINK',
  6: 'FILE',
  33: 'MINI_PROGRAM',
  36: 'MINI_PROGRAM',
  57: 'QUOTE',
  74: 'FILE',
}

const systemMessages: Readonly<Record<string, string>> = { revokemsg: 'REVOKE_MSG', pat: 'PAT_MSG' }

/** The word that the flat form has for a MsgType; 49 and 10002 are told apart by their XML (contract 3.3, 3.7). */
export function flatType(msgType: number, content: string): string {
  if (msgType === 49) return appMessages[/<type>\s*(\d+)\s*<\/type>/.exec(content)?.[1] ?? ''] ?? 'APP_MSG'
  if (msgType === 10002) {
    return systemMessages[/<sysmsg\s[^>]*?type="(\w+)"/.exec(content)?.[1] ?? ''] ?? 'SYSTEM'
  }
  return words[msgType] ?? 'UNKNOWN'
}
