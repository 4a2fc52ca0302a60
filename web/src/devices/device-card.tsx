import type { DeviceView } from '../../../src/console/schema.ts'
import { useLanguage } from '../i18n/language.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { useFormat } from '../ui/format.ts'
import { channelWord } from './channel-words.ts'
import { DeviceActions } from './device-actions.tsx'
import { stateNote, stateWord } from './device-state.ts'

/** One device: who it is, how it is and why, and what can be done. */
export function DeviceCard({ device }: { device: DeviceView }) {
  const { t } = useLanguage()
  const { dateTime } = useFormat()
  const name = device.nickName || t('deviceUnnamed')
  const channel = channelWord(device.channel)
  const note = stateNote(device)
  return (
    <li className="device-card">
      <div className="device-head">
        <Avatar name={name} seed={device.wxid || device.appId} />
        <h2 className="device-name">{name}</h2>
        <span className={`device-state device-state-${device.state.replace(' ', '-')}`}>
          {t(stateWord(device.state))}
        </span>
      </div>
      {note && <p className="device-note">{t(note)}</p>}
      <dl className="device-facts">
        {device.wxid && <Fact name="wxid" value={device.wxid} copy={t('deviceCopyWxid')} />}
        <Fact name="appId" value={device.appId} copy={t('deviceCopyAppId')} />
        <Fact name={t('deviceChannel')} value={channel ? t(channel) : device.channel} />
        <Fact
          name={t('deviceActivity')}
          value={device.lastActivity === null ? t('deviceNoActivity') : dateTime(device.lastActivity)}
        />
      </dl>
      <DeviceActions device={device} name={name} />
    </li>
  )
}

function Fact({ name, value, copy }: { name: string; value: string; copy?: string }) {
  return (
    <div className="device-fact">
      <dt>{name}</dt>
      <dd>
        <span className="device-fact-value">{value}</span>
        {copy !== undefined && <CopyButton text={value} label={copy} />}
      </dd>
    </div>
  )
}
