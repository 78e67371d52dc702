import { type ReactNode, useState } from 'react'
import { type ApiFault, faultOf } from '../../api/call-api.ts'
import { makePasskey } from '../../api/passkey.ts'
import { FaultNote, Shown, useLoaded } from '../../api/use-loaded.tsx'
import { Block } from '../../parts/block.tsx'

/** For whoever may approve: makes a passkey and shows what the policy needs to take it. */
export function YourPasskey(): ReactNode {
  const who = useLoaded('whoAmI', {})
  return (
    <Shown of={who}>
      {({ signed_in }) => (signed_in?.signing.answers.includes('approve') === true ? <MakePasskey /> : null)}
    </Shown>
  )
}

function MakePasskey(): ReactNode {
  const [lines, setLines] = useState<string>()
  const [fault, setFault] = useState<ApiFault>()
  const make = () => {
    setFault(undefined)
    makePasskey()
      .then(setLines)
      .catch((error: unknown) => setFault(faultOf(error)))
  }
  return (
    <Block title="Your passkey">
      <p className="soft">
        With a passkey you sign the very command that is shown. It counts once it stands in the policy: so nobody who
        takes over this browser can give themselves one.
      </p>
      <div role="status" className="stack">
        {lines === undefined ? null : (
          <>
            <p className="note good">The passkey is made. Add these lines to the policy, and restart.</p>
            <pre>{lines}</pre>
          </>
        )}
        {fault === undefined ? null : <FaultNote fault={fault} />}
      </div>
      <div className="row no-print">
        <button type="button" onClick={make}>
          Make a passkey
        </button>
      </div>
    </Block>
  )
}
