#!/usr/bin/env node
// npm's `jose` for `jose_exchange`.

import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import * as jose from 'jose'

const { base64url } = jose
const { version } = JSON.parse(readFileSync(new URL('node_modules/jose/package.json', import.meta.url)))

/** By name, how to get the key for an algorithm: WebCrypto has a key for each. */
const keys = new Map()

const readers = {
  pkcs8: (pem) => (alg) => jose.importPKCS8(pem, alg, { extractable: true }),
  spki: (pem) => (alg) => jose.importSPKI(pem, alg),
  x509: (pem) => (alg) => jose.importX509(pem, alg),
  jwk: (json) => (alg) => jose.importJWK(JSON.parse(json), alg),
}

const writers = {
  pkcs8: (key) => jose.exportPKCS8(key),
  pkcs1: (key) => key.export({ type: 'pkcs1', format: 'pem' }),
  spki: (key) => jose.exportSPKI(createPublicKey(key)),
  jwk: async (key) => JSON.stringify(await jose.exportJWK(createPublicKey(key))),
  'private-jwk': async (key) => JSON.stringify(await jose.exportJWK(key)),
}

const operations = {
  hello: () => ({
    name: `npm jose ${version}`,
    encrypts: true,
    issues: true,
    opens_empty: true,
    limits_sizes: false,
    reads: ['spki', 'x509', 'jwk'],
    writes: Object.keys(writers),
    never_makes: ['RSA1_5', 'b64'],
  }),

  generate({ key, bits }) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
    keys.set(key, () => privateKey)
  },

  load: ({ key, form, text }) => void keys.set(key, readers[form](text)),

  write: async ({ key, form }) => writers[form](await keys.get(key)()),

  async sign({ key, header, payload, json }) {
    const Sign = json ? jose.FlattenedSign : jose.CompactSign
    const token = new Sign(base64url.decode(payload)).setProtectedHeader(header)
    const signed = await token.sign(await keys.get(key)(header.alg), { crit: { [EXTENSION]: true } })
    return json ? JSON.stringify(signed) : signed
  },

  async verify({ key, token }) {
    const { payload } = await jose.compactVerify(token, await keys.get(key)('PS256'), { algorithms: ['PS256'] })
    return base64url.encode(payload)
  },

  async encrypt({ key, header, plaintext, json }) {
    const Encrypt = json ? jose.FlattenedEncrypt : jose.CompactEncrypt
    const token = new Encrypt(base64url.decode(plaintext)).setProtectedHeader(header)
    const encrypted = await token.encrypt(await keys.get(key)(header.alg))
    return json ? JSON.stringify(encrypted) : encrypted
  },

  async decrypt({ key, token }) {
    const algorithms = { keyManagementAlgorithms: ['RSA-OAEP-256'], contentEncryptionAlgorithms: ['A256GCM'] }
    const { plaintext } = await jose.compactDecrypt(token, await keys.get(key)('RSA-OAEP-256'), algorithms)
    return base64url.encode(plaintext)
  },

  issue: async ({ key, header, claims }) =>
    new jose.SignJWT(claims).setProtectedHeader(header).sign(await keys.get(key)(header.alg)),

  async accept({ key_set, token, issuer, audience }) {
    const set = jose.createLocalJWKSet(JSON.parse(key_set))
    const expected = { algorithms: ['PS256'], issuer, audience, requiredClaims: ['exp'] }
    const { payload } = await jose.jwtVerify(token, set, expected)
    return JSON.stringify(payload)
  },
}

/** The one refusal that is of another type. */
const isAboutB64 = (error) => error instanceof TypeError && error.message.includes('b64: false')

const EXTENSION = 'https://tokens.example/extension'

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...request } = JSON.parse(line)
  let answer
  try {
    answer = { done: (await operations[op](request)) ?? null }
  } catch (error) {
    // What the library refuses is an answer. Everything else ends this program, so that no mistake in it passes for a refusal.
    if (!(error instanceof jose.errors.JOSEError || isAboutB64(error))) throw error
    answer = { refused: `${error.code ?? error.name}: ${error.message}` }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
