import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { DeviceView } from '../../../src/console/schema.ts'
import { whyNotSend } from '../devices/device-state.ts'
import { kindWords } from '../i18n/kind-words.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Button } from '../ui/button.tsx'
import { COMPOSER_ID } from './composer-focus.ts'
import { type MediaKind, mediaKinds, type Target } from './drafts.ts'
import { Icon } from './icon.tsx'
import { MediaDialog } from './media-dialog.tsx'
import './send.css'
import { sends } from './sends.ts'
import { SentDialog } from './sent-dialog.tsx'
import { useFileDrop } from './use-file-drop.ts'

type Opened = { readonly kind: MediaKind; readonly files: readonly File[] } | 'history' | undefined

interface ComposerProps {
  readonly device: DeviceView
  readonly peer: string
  readonly peerName: string
}

/** Where a message to `peer` is written; files can be dropped anywhere on the page, and images pasted. */
export function Composer({ device, peer, peerName }: ComposerProps) {
  const { t } = useLanguage()
  const target = { appId: device.appId, peer, peerName }
  const [opened, setOpened] = useState<Opened>()
  const cannot = whyNotSend(device)
  const open = (kind: MediaKind, files: readonly File[] = []) => !cannot && setOpened({ kind, files })
  const isOver = useFileDrop((files) => open('file', files))
  return (
    <section className="send-composer" aria-label={t('sendInput', { name: target.peerName })}>
      <div className="send-tools">
        {mediaKinds.map((kind) => (
          <button
            key={kind}
            type="button"
            className="send-tool"
            aria-haspopup="dialog"
            disabled={cannot !== undefined}
            onClick={() => open(kind)}
          >
            <Icon name={kind} />
            {t(kindWords[kind])}
          </button>
        ))}
        <button
          type="button"
          className="send-tool send-tool-last"
          aria-haspopup="dialog"
          onClick={() => setOpened('history')}
        >
          <Icon name="history" />
          {t('sendHistory')}
        </button>
      </div>
      <div role="status">
        {cannot && (
          <p className="send-cannot">
            {t(cannot)} <Link href="/devices">{t('chatDevices')}</Link>
          </p>
        )}
      </div>
      <TextInput target={target} isBarred={cannot !== undefined} onFiles={(files) => open('image', files)} />
      {isOver && !cannot && <div className="send-drop">{t('sendDrop', { name: target.peerName })}</div>}
      {opened === 'history' && <SentDialog appId={target.appId} onClose={() => setOpened(undefined)} />}
      {opened && opened !== 'history' && (
        <MediaDialog
          // Files dropped onto an open dialog begin it anew.
          key={opened.files.map(({ name, size }) => `${name} ${size}`).join()}
          target={target}
          kind={opened.kind}
          files={opened.files}
          onClose={() => setOpened(undefined)}
        />
      )}
    </section>
  )
}

interface TextInputProps {
  readonly target: Target
  /** Whether words can only be written for later. */
  readonly isBarred: boolean
  readonly onFiles: (files: readonly File[]) => void
}

function TextInput({ target, isBarred, onFiles }: TextInputProps) {
  const { t } = useLanguage()
  const chat = JSON.stringify([target.appId, target.peer])
  const [text, setText] = useState(() => sends.unsent.get(chat) ?? '')
  const input = useRef<HTMLTextAreaElement>(null)
  const write = (typed: string) => {
    sends.unsent.set(chat, typed)
    setText(typed)
  }
  const send = () => {
    input.current?.focus()
    if (isBarred || text.trim() === '') return
    sends.start(target, { kind: 'text', content: text })
    write('')
  }
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return
    event.preventDefault()
    send()
  }
  const paste = (event: ClipboardEvent) => {
    const images = [...event.clipboardData.files]
    // Office programs add a picture of the text to the text.
    if (images.length === 0 || event.clipboardData.types.includes('text/plain')) return
    event.preventDefault()
    onFiles(images)
  }
  return (
    <div className="send-write">
      <textarea
        ref={input}
        id={COMPOSER_ID}
        className="send-text"
        rows={2}
        aria-label={t('sendInput', { name: target.peerName })}
        placeholder={t('sendInputHint')}
        value={text}
        onChange={(event) => write(event.target.value)}
        onKeyDown={press}
        onPaste={paste}
      />
      <Button kind="primary" small disabled={isBarred} onClick={send}>
        {t('sendSend')}
      </Button>
    </div>
  )
}

/** Enter that only ends the input of a character; Safari says so by the code alone. */
function isComposing({ nativeEvent }: KeyboardEvent): boolean {
  return nativeEvent.isComposing || nativeEvent.keyCode === 229
}
