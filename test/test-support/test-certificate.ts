import { createHash, webcrypto } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cryptoProvider, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { dayMs } from '@straylight/schemas/duration'

export interface TestCertificate {
  readonly cert: string
  readonly key: string
  /** Files with the same, PEM. */
  readonly certFile: string
  readonly keyFile: string
  /** SHA-256 of its public key, as Chromium's `--ignore-certificate-errors-spki-list` takes it. */
  readonly spki: string
}

/** A certificate of its own, for these names, that no authority signed. */
export async function makeTestCertificate(folder: string, names: readonly string[]): Promise<TestCertificate> {
  cryptoProvider.set(webcrypto as typeof globalThis.crypto)
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0]}`,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))],
  })
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const key = `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
  const cert = certificate.toString('pem')
  const [certFile, keyFile] = [join(folder, 'console.pem'), join(folder, 'console.key')]
  await writeFile(certFile, cert)
  await writeFile(keyFile, key, { mode: 0o600 })
  const spki = createHash('sha256').update(Buffer.from(certificate.publicKey.rawData)).digest('base64')
  return { cert, key, certFile, keyFile, spki }
}
