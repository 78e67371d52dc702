import type { OidcOptions } from '@straylight/console/sign-in/oidc/oidc-desk'
import { type AllSettings, BadSettings } from '@straylight/runtime/settings/config'

const prefix = 'STRAYLIGHT_CONSOLE_OIDC_'

/** The identity provider that the settings name; undefined where they name none. Throws `BadSettings` where a part is missing. */
export function oidcSettings(settings: AllSettings): OidcOptions | undefined {
  const issuer = settings.STRAYLIGHT_CONSOLE_OIDC_ISSUER
  const clientId = settings.STRAYLIGHT_CONSOLE_OIDC_CLIENT_ID
  const rolesFile = settings.STRAYLIGHT_CONSOLE_OIDC_ROLES
  const url = settings.STRAYLIGHT_CONSOLE_URL
  if (issuer === undefined) {
    const without = clientId === undefined ? rolesFile && `${prefix}ROLES` : `${prefix}CLIENT_ID`
    if (without === undefined) return undefined
    throw new BadSettings(`${without} is set and ${prefix}ISSUER is not: expected both or none`)
  }
  if (clientId === undefined || rolesFile === undefined || url === undefined) {
    const missing = [
      ...(clientId === undefined ? [`${prefix}CLIENT_ID`] : []),
      ...(rolesFile === undefined ? [`${prefix}ROLES`] : []),
      ...(url === undefined ? ['STRAYLIGHT_CONSOLE_URL'] : []),
    ]
    throw new BadSettings(
      `${prefix}ISSUER is set: expected ${missing.join(' and ')} too (docs/console.md has an example)`,
    )
  }
  refuseOpenHttp({ [`${prefix}ISSUER`]: issuer, STRAYLIGHT_CONSOLE_URL: url })
  return {
    ...{ issuer, clientId, rolesFile, clientSecret: settings.STRAYLIGHT_CONSOLE_OIDC_CLIENT_SECRET },
    scopes: settings.STRAYLIGHT_CONSOLE_OIDC_SCOPES,
    userClaim: settings.STRAYLIGHT_CONSOLE_OIDC_USER_CLAIM,
    groupsClaim: settings.STRAYLIGHT_CONSOLE_OIDC_GROUPS_CLAIM,
  }
}

/** Codes and tokens in the clear are for whoever listens: only a machine may talk to itself so. */
function refuseOpenHttp(addresses: Readonly<Record<string, string>>): void {
  for (const [name, address] of Object.entries(addresses)) {
    const { protocol, hostname } = new URL(address)
    if (protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) continue
    throw new BadSettings(`${name} is "${address}": expected https to sign in through an identity provider`)
  }
}
