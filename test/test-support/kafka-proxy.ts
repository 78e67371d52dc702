import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** How a test broker lets clients in. */
export interface BrokerProxy {
  readonly protocol: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  readonly properties: readonly string[]
  /** For the formatting of its storage, where users are made. */
  readonly formatArguments: readonly string[]
}

/** Anybody may come in and do all. */
export async function openProxy(): Promise<BrokerProxy> {
  return { protocol: 'PLAINTEXT', properties: [], formatArguments: [] }
}

/**
 * TLS with a certificate of its own, every way to sign in that the product has, and ACLs. OAUTHBEARER takes Kafka's
 * unsigned tokens, as nobody here can sign one. The broker itself comes through its inner endpoint, as ANONYMOUS.
 */
export function securedProxy(users: readonly string[]) {
  const password = randomBytes(12).toString('hex')
  let certificateFile = ''
  return {
    async open(folder: string): Promise<BrokerProxy> {
      const keystore = join(folder, 'broker.p12')
      certificateFile = join(folder, 'broker.pem')
      await writeFile(certificateFile, await makeCertificate(keystore, password))
      return {
        protocol: 'SASL_SSL',
        properties: securedProperties(keystore, password, users),
        formatArguments: users.flatMap((name) =>
          ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
            '--add-scram',
            `${mechanism}=[name=${name},password=${password}]`,
          ]),
        ),
      }
    },
    opened: () => ({ certificateFile, password }),
  }
}

/** Resolves with the certificate of a new key, which is its own authority (PEM). */
async function makeCertificate(keystore: string, password: string): Promise<string> {
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', password, '-alias', 'broker']
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=127.0.0.1', '-validity', '2']
  const keytool = promisify(execFile)
  await keytool('keytool', ['-genkeypair', ...store, ...key, '-ext', 'san=ip:127.0.0.1'])
  return (await keytool('keytool', ['-exportcert', '-rfc', ...store])).stdout
}

function securedProperties(keystore: string, password: string, users: readonly string[]): string[] {
  const module = (name: string) => `org.apache.kafka.common.security.${name} required`
  const plain = users.map((user) => `user_${user}="${password}"`).join(' ')
  const jaas = {
    plain: `${module('plain.PlainLoginModule')} ${plain};`,
    'scram-sha-256': `${module('scram.ScramLoginModule')};`,
    'scram-sha-512': `${module('scram.ScramLoginModule')};`,
    oauthbearer: `${module('oauthbearer.OAuthBearerLoginModule')} unsecuredLoginStringClaim_sub="broker";`,
  }
  return [
    `ssl.keystore.location=${keystore}`,
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.password=${password}`,
    `listener.name.clients.sasl.enabled.mechanisms=${Object.keys(jaas).join(',').toUpperCase()}`,
    ...Object.entries(jaas).map(([name, line]) => `listener.name.clients.${name}.sasl.jaas.config=${line}`),
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS;User:admin',
  ]
}
