/** What was done through both clients and compared. */
export type Exchange =
  | 'text'
  | 'image'
  | 'image with thumbnail'
  | 'video'
  | 'video with play length'
  | 'file'
  | 'file at a built address'
  | 'thumbnail as second part'
  | 'thumbnail as picture'
  | 'start and stop'
  | 'poll'
  | 'received file'
  | 'login'

/** A difference between the official client and our driver that is meant to be; it has to occur wherever it may. */
export interface Allowed {
  /** A request by its name, or those that have something in common; the latter hold in every exchange. */
  readonly of: { readonly request: string; readonly in: readonly Exchange[] } | Group
  readonly field: string
  /** The JSON of the official client's value; absent there without a pattern. */
  readonly official?: RegExp
  /** The same of ours. */
  readonly ours?: RegExp
  readonly why: string
}

export type Group = 'every request' | 'every JSON POST' | 'every authorized call'

const hex32 = /^"[0-9a-f]{32}"$/
/** Opaque, as a query or JSON holds it. */
const ticket = /^"[\w%.+/=-]{16,}"$/
const keyText = /^"[A-Za-z0-9+/]{43}="$/
const count = /^[1-9]\d*$/
const uint32Text = /^"[A-Za-z0-9+/]{4,16}={0,2}"$/

const withThumb = ['image with thumbnail', 'video', 'video with play length'] as const
const videos = ['video', 'video with play length'] as const
const files = ['file', 'file at a built address'] as const
const sends = ['image', ...withThumb, ...files] as const
const uploads = [...sends, 'thumbnail as picture'] as const
const wholeAddress = ['image', ...withThumb, 'file', 'thumbnail as picture'] as const

const items = [
  { item: 'image_item', exchanges: ['image', 'image with thumbnail'] },
  { item: 'video_item', exchanges: videos },
  { item: 'file_item', exchanges: files },
] as const
const thumbItems = [
  { item: 'image_item', exchanges: ['image with thumbnail'] },
  { item: 'video_item', exchanges: videos },
] as const

const random = (request: string, exchanges: readonly Exchange[], field: string, both: RegExp): Allowed => ({
  of: { request, in: exchanges },
  field,
  official: both,
  ours: both,
  why: 'random, or given for something random',
})

const more = (
  request: string,
  exchanges: readonly Exchange[],
  field: string,
  ours: RegExp,
  why: string,
): Allowed => ({ of: { request, in: exchanges }, field, ours, why })

const itemField = (item: string, field: string) => `body.msg.item_list[0].${item}.${field}`

const thumbnail =
  'a video without a thumbnail is a black box until it is played; the protocol has fields for one'

/** Every difference that may be, and has to be. */
export const allowed: readonly Allowed[] = [
  {
    of: 'every request',
    field: 'header user-agent',
    official: /^"node"$/,
    ours: /^"Hongyan(\/[\w.+-]+)?"$/,
    why: 'each names its own program',
  },
  {
    of: 'every request',
    field: 'header accept-language',
    official: /^"\*"$/,
    why: 'added by fetch',
  },
  {
    of: 'every request',
    field: 'header sec-fetch-mode',
    official: /^"cors"$/,
    why: 'added by fetch',
  },
  {
    of: 'every request',
    field: 'header accept-encoding',
    official: /^"gzip, deflate"$/,
    ours: /^"identity"$/,
    why: 'added by fetch; an answer that unpacks to any size is not asked for',
  },
  {
    of: 'every request',
    field: 'header connection',
    official: /^"keep-alive"$/,
    ours: /^"close"$/,
    why: 'added by fetch; on a fresh socket nothing is written twice by itself',
  },
  {
    of: 'every JSON POST',
    field: 'header x-wechat-uin',
    official: uint32Text,
    ours: uint32Text,
    why: 'random',
  },
  {
    of: 'every authorized call',
    field: 'body.base_info.bot_agent',
    official: /^"OpenClaw"$/,
    ours: /^"Hongyan\/[\w.+-]+"$/,
    why: 'each introduces itself',
  },
  {
    of: { request: 'sendmessage', in: ['text', ...sends] },
    field: 'body.msg.client_id',
    official: /^"openclaw-weixin:\d{13}-[0-9a-f]{8}"$/,
    ours: /^"hongyan:\d{13}-[0-9a-f]{8}"$/,
    why: 'random, behind the name of the program',
  },

  random('get_qrcode_status', ['login'], 'query qrcode', hex32),
  random('getuploadurl', uploads, 'body.filekey', hex32),
  random('getuploadurl', uploads, 'body.aeskey', hex32),
  random('cdn/upload', [...uploads, 'thumbnail as second part'], 'query encrypted_query_param', ticket),
  random('cdn/upload', [...uploads, 'thumbnail as second part'], 'query filekey', hex32),
  random('cdn/upload', wholeAddress, 'query taskid', /^"[0-9a-f]{16}"$/),
  ...items.flatMap(({ item, exchanges }) => [
    random('sendmessage', exchanges, itemField(item, 'media.encrypt_query_param'), ticket),
    random('sendmessage', exchanges, itemField(item, 'media.aes_key'), keyText),
  ]),

  {
    of: { request: 'getuploadurl', in: withThumb },
    field: 'body.no_need_thumb',
    official: /^true$/,
    ours: /^false$/,
    why: thumbnail,
  },
  more('getuploadurl', withThumb, 'body.thumb_rawsize', count, thumbnail),
  more('getuploadurl', withThumb, 'body.thumb_rawfilemd5', hex32, thumbnail),
  more('getuploadurl', withThumb, 'body.thumb_filesize', count, thumbnail),
  more('cdn/upload 2', withThumb, 'the request', /^"POST"$/, thumbnail),
  ...thumbItems.flatMap(({ item, exchanges }) => [
    more('sendmessage', exchanges, itemField(item, 'thumb_media.encrypt_query_param'), ticket, thumbnail),
    more('sendmessage', exchanges, itemField(item, 'thumb_media.aes_key'), keyText, thumbnail),
    more('sendmessage', exchanges, itemField(item, 'thumb_media.encrypt_type'), /^1$/, thumbnail),
    more('sendmessage', exchanges, itemField(item, 'thumb_size'), count, thumbnail),
    more('sendmessage', exchanges, itemField(item, 'thumb_width'), count, thumbnail),
    more('sendmessage', exchanges, itemField(item, 'thumb_height'), count, thumbnail),
  ]),
  more('sendmessage', videos, itemField('video_item', 'video_md5'), hex32, 'lets the phone check the bytes'),
  more(
    'sendmessage',
    ['video with play length'],
    itemField('video_item', 'play_length'),
    count,
    'by setting: the operator chose a unit',
  ),
  more(
    'sendmessage',
    files,
    itemField('file_item', 'md5'),
    hex32,
    'without it some phones show a file of 0 bytes',
  ),
]
