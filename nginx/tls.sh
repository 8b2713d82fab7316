# TLS at the edge: whether the certificate is right, and one of our own making for development.
# shellcheck shell=bash disable=SC2034,SC2154

self_signed_days_left=7

# A certificate of our own making, for development.
use_self_signed() {
  tls_certificate=$var/tls/self_signed.certificate
  tls_key=$var/tls/self_signed.key
}

# Prints what tells one certificate from the next.
certificate_digest() {
  sha256sum <"$tls_certificate" | cut -d ' ' -f 1
}

key_belongs() {
  local of_certificate
  of_certificate=$(openssl x509 -in "$tls_certificate" -noout -pubkey 2>/dev/null) &&
    [[ $of_certificate == "$(openssl pkey -in "$tls_key" -passin pass: -pubout 2>/dev/null)" ]]
}

# Nobody else vouches for it: a browser that was told to insist on HTTPS could never get past it.
vouches_for_itself() {
  local names
  names=$(openssl x509 -in "$tls_certificate" -noout -issuer -subject)
  [[ $(sed -n 's/^issuer=//p' <<<"$names") == "$(sed -n 's/^subject=//p' <<<"$names")" ]]
}

lasts_days() {
  openssl x509 -in "$tls_certificate" -noout -checkend $(($1 * 86400)) &>/dev/null
}

# For this machine's own names alone, and no authority: whoever trusts it trusts nothing else with it.
make_self_signed() {
  key_belongs && lasts_days "$self_signed_days_left" && return
  # No configuration: Debian's would add that it is an authority.
  (
    umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 90 -subj /CN=localhost \
      -addext 'subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1' -addext 'basicConstraints = critical, CA:FALSE' \
      -addext 'keyUsage = critical, digitalSignature' -addext 'extendedKeyUsage = serverAuth' \
      -config <(printf '[req]\ndistinguished_name = name\n[name]\n') -keyout "$tls_key" -out "$tls_certificate" &>/dev/null
  ) || die "no certificate could be made in ${tls_certificate%/*}."
  echo "A certificate for localhost was made in ${tls_certificate%/*}: browsers will warn that nobody vouches for it."
}

# Before anything starts, or is told to read it again: one sentence for a file that would not do.
prepare_certificate() {
  if [[ $tls_is_self_signed ]]; then
    make_directory root:root 700 "$var/tls"
    make_self_signed
  fi
  [[ $tls_certificate ]] || return 0
  openssl x509 -in "$tls_certificate" -noout &>/dev/null ||
    die "GUICHET_TLS_CERTIFICATE: $tls_certificate holds no certificate in PEM."
  openssl pkey -in "$tls_key" -passin pass: -noout &>/dev/null ||
    die "GUICHET_TLS_KEY: $tls_key holds no private key in PEM without a pass phrase."
  key_belongs || die "GUICHET_TLS_KEY: the key in $tls_key is not the one of the certificate in $tls_certificate."
  local end
  end=$(openssl x509 -in "$tls_certificate" -noout -enddate)
  lasts_days 0 || die "GUICHET_TLS_CERTIFICATE: the certificate in $tls_certificate expired on ${end#notAfter=}: renew it."
}
