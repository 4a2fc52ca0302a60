import type { ReactNode } from 'react'

/* Decoration: each stands beside its name. */

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width="24"
      height="24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  )
}

export function DevicesIcon() {
  return (
    <Icon>
      <rect x="7" y="3" width="10" height="18" rx="2" />
      <path d="M11 18h2" />
    </Icon>
  )
}

export function CallbacksIcon() {
  return (
    <Icon>
      <path d="M4 8h12m0 0-4-4m4 4-4 4M20 16H8m0 0 4-4m-4 4 4 4" />
    </Icon>
  )
}

export function LanguageIcon() {
  return (
    <Icon>
      <circle cx="12" cy="12" r="9" />
      <path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18" />
    </Icon>
  )
}

export function SignOutIcon() {
  return (
    <Icon>
      <path d="M13 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h7M10 12h10m0 0-3.5-3.5M20 12l-3.5 3.5" />
    </Icon>
  )
}

/** The goose of `icon.svg`. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg className={className} viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#07793a" />
      <path d="M5 20c5-1 7-4 11-9 1 4 4 6 11 5-5 4-9 6-12 10 0-4-3-6-10-6z" fill="#fff" />
    </svg>
  )
}
