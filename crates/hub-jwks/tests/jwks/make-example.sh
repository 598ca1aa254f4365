#!/bin/sh
# Makes example.jwk.json: the published form of an encryption key (FACTS section 2), from a certificate that OpenSSL issued.
# The private key is thrown away. Usage: ./make-example.sh > example.jwk.json
set -eu
directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT
cd "$directory"

organisation=9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 3650 -sha256 \
    -subj "/C=AE/O=Example Bank PJSC/OU=$organisation/CN=$organisation" \
    -addext 'basicConstraints=critical,CA:FALSE' \
    -addext 'keyUsage=critical,keyEncipherment,dataEncipherment' 2>/dev/null
openssl x509 -in certificate.pem -outform DER -out certificate.der

base64url() { basenc --base64url --wrap=0 | tr -d '='; }
n=$(openssl x509 -in certificate.pem -noout -modulus | cut -d= -f2 | basenc --base16 --decode | base64url)
kid=$(openssl dgst -sha256 -binary certificate.der | base64url)

cat <<JSON
{
  "kty": "RSA",
  "use": "enc",
  "n": "$n",
  "e": "AQAB",
  "kid": "$kid",
  "x5u": "https://keystore.sandbox.directory.openfinance.ae/$organisation/$kid.pem",
  "x5t#S256": "$kid",
  "x5dn": "OU=$organisation,O=Example Bank PJSC,C=AE",
  "x5c": ["$(basenc --base64 --wrap=0 < certificate.der)"]
}
JSON
