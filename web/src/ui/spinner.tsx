/** Says that something is being waited for, to eyes and ears. */
export function Spinner({ label }: { label: string }) {
  return (
    <div className="hy-spinner" role="status">
      <span className="hy-ring" aria-hidden="true" />
      {label}
    </div>
  )
}
