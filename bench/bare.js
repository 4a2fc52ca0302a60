// @ts-check
import { successSchema } from '../dist/http/envelope.js'
import { createPlainServer } from '../dist/http/server.js'
import { createLog } from '../dist/log.js'
import { forwardRequest, videoReply } from '../dist/messages/schema.js'
import { serveToParent } from './processes.js'

/*
 * What forwardVideo is compared with, in a process of its own: the gateway's own Fastify options and the endpoint's own
 * request and reply schema, without a token, a message or a database.
 */
const app = createPlainServer(createLog('silent'))
const schema = { body: forwardRequest, response: { 200: successSchema(videoReply) } }
app.post('/message/forwardVideo', { schema }, async (request) => {
  const { toWxid } = /** @type {{ toWxid: string }} */ (request.body)
  return {
    ret: 200,
    msg: '操作成功',
    data: {
      toWxid,
      createTime: null,
      msgId: 769523567,
      newMsgId: 1_045_590_746_179_451,
      type: null,
      aesKey: '687a636f627579667a756a7168717968',
      fileId: '3052020100044b304902010002043904752002033d11ff02045dd79b240204658e9072'.padEnd(164, '0'),
      length: 1_315_979,
    },
  }
})
await app.ready()
serveToParent(app.server)
