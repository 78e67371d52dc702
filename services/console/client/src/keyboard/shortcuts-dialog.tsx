import type { ReactNode } from 'react'
import { Dialog } from '../parts/dialog.tsx'
import { useShortcutsState } from './shortcuts.tsx'

/** Lists what the keys do on this page, and switches them off and on. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }): ReactNode {
  const { enabled, setEnabled, listed } = useShortcutsState()
  return (
    <Dialog title="Keys" onClose={onClose}>
      <table>
        <caption className="unseen">Keys and what they do on this page</caption>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">What it does here</th>
          </tr>
        </thead>
        <tbody>
          {listed().map(({ keys, what }) => (
            <tr key={keys}>
              <th scope="row">
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label className="beside">
        <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />
        Use these keys. Without them, all is reached by Tab and Enter.
      </label>
      <div className="row">
        <button type="button" className="first" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
