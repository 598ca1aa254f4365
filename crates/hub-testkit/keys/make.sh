#!/bin/sh
# Makes the test keys of this directory anew, with the OpenSSL command line.
# They were made once and are committed; nothing needs this script to run again.
# They are public, and so worthless as secrets.
set -eu
cd "$(dirname "$0")"

rsa() { openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:$1" -pkeyopt "rsa_keygen_pubexp:${2:-65537}"; }

i=0
while [ "$i" -lt 48 ]; do
    rsa 2048
    i=$((i + 1))
done > rsa-2048.pem

rsa 3072 > rsa-3072.pem
rsa 4096 > rsa-4096.pem

# Keys a verifier must refuse: a short modulus, a small exponent, another algorithm.
rsa 1024 > rsa-1024.pem
rsa 2048 3 > rsa-2048-e3.pem
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 > ec-p256.pem
