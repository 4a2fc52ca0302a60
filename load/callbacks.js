// @ts-check

/**
 * How receivers tell an event from all others: the device and the message. A notice that a message was withdrawn has an
 * id of its own, which its sender never learns; it is known by the message that it names.
 * @param {{ Appid: string, Data: { MsgType: number, NewMsgId: number, Content: { string: string } } }} event
 */
export function keyOf({ Appid, Data }) {
  const withdrawn = Data.MsgType === 10_002 && /<newmsgid>(\d+)</.exec(Data.Content.string)?.[1]
  return withdrawn ? withdrawalKey(Appid, withdrawn) : messageKey(Appid, Data.NewMsgId)
}

/**
 * @param {string} appId
 * @param {number | string} newMsgId
 */
export const messageKey = (appId, newMsgId) => `${appId} ${newMsgId}`

/**
 * @param {string} appId
 * @param {number | string} newMsgId
 */
export const withdrawalKey = (appId, newMsgId) => `${appId} ${newMsgId} withdrawn`

/**
 * What receivers were told beside what they had to be told.
 * @param {readonly string[]} expected keys, each once
 * @param {readonly (readonly [key: string, ids: number, posts: number])[]} told by key: under how many webhook-ids and in
 * how many posts it came
 */
export function compareEvents(expected, told) {
  const seen = new Set(told.map(([key]) => key))
  const wanted = new Set(expected)
  return {
    expected: wanted.size,
    missing: [...wanted].filter((key) => !seen.has(key)).length,
    /** Told of, though nobody sent it. */
    foreign: [...seen].filter((key) => !wanted.has(key)).length,
    /** Told of as two events, which no receiver that goes by webhook-id would notice. */
    doubled: told.filter(([, ids]) => ids > 1).length,
    /** Posts of what had come before, as is allowed. */
    repeats: told.reduce((sum, [, , posts]) => sum + posts - 1, 0),
  }
}
