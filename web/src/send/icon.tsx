const paths = {
  video: 'M4 6h11v12H4zM15 10.5l5-3v9l-5-3z',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 8.5h.01',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  text: 'M4 5h16v11H10l-4 4v-4H4z',
  forward: 'M13 5l7 7-7 7v-4C8 15 5 17 3 20c0-6 3-11 10-11z',
  history: 'M12 7v5l3.5 2M12 4a8 8 0 1 1-7.4 5M4 4v5h5',
} as const

/** A drawing beside words that say the same. */
export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg
      className="send-icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinejoin="round"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
