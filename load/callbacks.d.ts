/** For the tests, which TypeScript reads without the program's own JSDoc. */
export function keyOf(event: {
  Appid: string
  Data: { MsgType: number; NewMsgId: number; Content: { string: string } }
}): string
export function messageKey(appId: string, newMsgId: number | string): string
export function withdrawalKey(appId: string, newMsgId: number | string): string
export function compareEvents(
  expected: readonly string[],
  told: readonly (readonly [key: string, ids: number, posts: number])[],
): { expected: number; missing: number; foreign: number; doubled: number; repeats: number }
