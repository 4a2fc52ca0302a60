import 'weui/dist/style/weui.min.css'
import './ui/theme.css'
import './ui/controls.css'
import './ui/dialog.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { LanguageProvider } from './i18n/language.tsx'
import { takePass } from './session/pass.ts'

const root = document.getElementById('root')
if (!root) throw new Error('the page has no root')
const pass = takePass()
// A sign-in link opened where the console is open already changes nothing but the fragment.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#pass=')) location.reload()
})
createRoot(root).render(
  <LanguageProvider>
    <App pass={pass} />
  </LanguageProvider>,
)
