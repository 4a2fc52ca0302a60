/* Drawings beside words that say the same. */

const paths = {
  play: 'M8 5l11 7-11 7z',
  pause: 'M7 5h3.5v14H7zM13.5 5H17v14h-3.5z',
  voice: 'M5 10v4h3l4 4V6L8 10zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  back: 'M15 5l-7 7 7 7',
  down: 'M12 5v14M6 13l6 6 6-6',
  plus: 'M12 5v14M5 12h14',
  cloud: 'M7 18a4 4 0 1 1 .6-8 5.5 5.5 0 0 1 10.6 1.5A3.3 3.3 0 0 1 17.5 18zM12 12v5M10 15l2 2 2-2',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4',
} as const

export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg className={`chat-icon chat-icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}
