import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import './style/theme.css'
import './style/layout.css'
import './style/parts.css'
import './style/print.css'

const place = document.getElementById('console')
if (place === null) throw new Error('index.html has no element with the id "console"')
createRoot(place).render(<App />)
