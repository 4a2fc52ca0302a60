/* The call that a send was, as code that can be copied and run. */

/** A field of the body whose URL comes from uploading a file first. */
export interface UploadedField {
  readonly field: string
  /** Of the file. */
  readonly name: string
}

export interface ApiCall {
  readonly baseUrl: string
  /** Below `/message/`. */
  readonly route: string
  readonly body: Readonly<Record<string, string | number>>
  readonly key: string
  readonly uploads: readonly UploadedField[]
}

export const snippets = { curl, python, typescript } as const
export type SnippetLanguage = keyof typeof snippets
export const snippetLanguages: readonly SnippetLanguage[] = ['curl', 'python', 'typescript']

const TOKEN = 'YOUR_TOKEN'

function curl({ baseUrl, route, body, key, uploads }: ApiCall): string {
  const uploading = uploads.map(
    ({ field, name }) => `${variable(field)}=$(curl -sS -g -X POST -T ${shell(`./${name}`)} \\
  -H 'X-GEWE-TOKEN: ${TOKEN}' -H 'Content-Type: application/octet-stream' \\
  ${shell(uploadUrl(baseUrl, name))} | sed -n 's/.*"fileUrl":"\\([^"]*\\)".*/\\1/p')
`,
  )
  const fields = Object.entries(body).map(([field, value]) =>
    isUploaded(field, uploads)
      ? `  "${field}": "'"$${variable(field)}"'"`
      : `  "${field}": ${quoted(value).replaceAll("'", `'\\''`)}`,
  )
  return `${uploading.join('')}curl -sS ${shell(`${baseUrl}/message/${route}`)} \\
  -H 'X-GEWE-TOKEN: ${TOKEN}' \\
  -H 'Content-Type: application/json' \\
  -H ${shell(`Idempotency-Key: ${key}`)} \\
  --data-raw '{
${fields.join(',\n')}
}'
`
}

function python({ baseUrl, route, body, key, uploads }: ApiCall): string {
  const uploading = uploads.map(
    ({ field, name }) => `with open(${quoted(`./${name}`)}, "rb") as file:
    uploaded = requests.post(
        ${quoted(uploadUrl(baseUrl, name))},
        headers={**headers, "Content-Type": "application/octet-stream"},
        data=file,
    )
${snake(variable(field))} = uploaded.json()["data"]["fileUrl"]

`,
  )
  const fields = Object.entries(body).map(
    ([field, value]) =>
      `        "${field}": ${isUploaded(field, uploads) ? snake(variable(field)) : quoted(value)},\n`,
  )
  return `import requests

headers = {"X-GEWE-TOKEN": "${TOKEN}"}

${uploading.join('')}reply = requests.post(
    ${quoted(`${baseUrl}/message/${route}`)},
    headers={**headers, "Idempotency-Key": ${quoted(key)}},
    json={
${fields.join('')}    },
)
print(reply.json())
`
}

/** Runs as JavaScript too. */
function typescript({ baseUrl, route, body, key, uploads }: ApiCall): string {
  const imports = uploads.length > 0 ? `import { openAsBlob } from 'node:fs'\n\n` : ''
  const uploading = uploads.map(({ field, name }) => {
    const uploaded = `${variable(field)}Upload`
    return `const ${uploaded} = await fetch(${quoted(uploadUrl(baseUrl, name))}, {
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/octet-stream' },
  body: await openAsBlob(${quoted(`./${name}`)}),
})
const ${variable(field)} = JSON.parse(await ${uploaded}.text()).data.fileUrl

`
  })
  const fields = Object.entries(body).map(
    ([field, value]) => `    ${field}: ${isUploaded(field, uploads) ? variable(field) : quoted(value)},\n`,
  )
  return `${imports}const headers = { 'X-GEWE-TOKEN': '${TOKEN}' }

${uploading.join('')}const reply = await fetch(${quoted(`${baseUrl}/message/${route}`)}, {
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/json', 'Idempotency-Key': ${quoted(key)} },
  body: JSON.stringify({
${fields.join('')}  }),
})
console.log(await reply.json())
`
}

function isUploaded(field: string, uploads: readonly UploadedField[]): boolean {
  return uploads.some((upload) => upload.field === field)
}

function variable(field: string): string {
  return field === 'thumbUrl' ? 'thumbUrl' : 'fileUrl'
}

function snake(name: string): string {
  return name.replace('Url', '_url')
}

function uploadUrl(baseUrl: string, name: string): string {
  return `${baseUrl}/tools/uploadFile?name=${encodeURIComponent(name)}`
}

/** What a terminal obeys and what turns the direction of the text around: it would not be seen, or seen wrongly. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

/** A literal that means the same in JSON, Python and JavaScript. */
function quoted(value: string | number): string {
  return JSON.stringify(value).replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** One word of a shell: bash's and zsh's own form for what is not seen, otherwise everybody's. */
function shell(text: string): string {
  if (text.search(unseen) === -1) return `'${text.replaceAll("'", `'\\''`)}'`
  return `$'${text.replace(/[\\']/g, '\\$&').replace(unseen, bytesOf)}'`
}

function bytesOf(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('')
}
