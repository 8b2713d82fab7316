# The settings of nginx/up, judged before anything is started; the README's table says what each is for.
# shellcheck shell=bash disable=SC2034,SC2154

address=${GUICHET_ADDRESS:-127.0.0.1}
port=${GUICHET_PORT:-8080}
build=${GUICHET_BUILD:-release}
administrator=${GUICHET_ADMINISTRATOR:-admin@guichet.localhost}
stats=${GUICHET_STATS:-public}
submit_rate=${GUICHET_SUBMIT_RATE:-20}
view_data_rate=${GUICHET_VIEW_DATA_RATE:-2}
my_data_rate=${GUICHET_MY_DATA_RATE:-1}
hsts_days=${GUICHET_HSTS_DAYS:-365}
http_port=${GUICHET_HTTP_PORT-}
trusted_proxies=${GUICHET_TRUSTED_PROXIES-}
base_path=${GUICHET_BASE_PATH-}
# Links stay links: who renews a certificate moves one to the new file.
tls_certificate=${GUICHET_TLS_CERTIFICATE:+$(realpath -ms -- "$GUICHET_TLS_CERTIFICATE")}
tls_key=${GUICHET_TLS_KEY:+$(realpath -ms -- "$GUICHET_TLS_KEY")}
tls_is_self_signed=
inside_port=${GUICHET_INSIDE_PORT-}

# How an address stands in a URL, and in Nginx's `listen`.
host=$address
if [[ $address == *:* ]]; then host="[$address]"; fi
listen=$host:$port
http_listen=$host:$http_port

# The address that a browser on this machine opens.
case $address in
0.0.0.0) host=127.0.0.1 ;;
::) host='[::1]' ;;
esac
own_url() {
  echo "http${tls_certificate:+s}://$host:$port$base_path"
}


check_number() {
  local name=$1 value=$2 lowest=$3 highest=$4
  if [[ ! $value =~ ^[1-9][0-9]{0,5}$ ]] || ((value < lowest || value > highest)); then
    die "$name must be a number from $lowest to $highest, not '$value'."
  fi
}

check_rate() {
  if [[ $2 == off ]]; then echo "Warning: $1 is off, so nothing limits the requests of one address."; else check_number "$1" "$2" 1 10000; fi
}

# Prints how many processes a handler has: what it was scaled to, or GUICHET_SUBMIT_PROCESSES for intake_submit.
processes_wanted() {
  local name=${1#*_}
  if [[ -s $var/run/$1.processes ]]; then
    cat "$var/run/$1.processes"
    return
  fi
  name=GUICHET_${name^^}_PROCESSES
  echo "${!name:-1}"
}

check_settings() {
  local handler name
  [[ $var =~ ^[[:alnum:]/._\ @+,-]+$ ]] || die "the path of GUICHET_VAR may hold letters, digits, spaces and /._@+,- only: '$var'."
  [[ $address =~ ^[0-9a-fA-F.:]+$ ]] || die "GUICHET_ADDRESS must be an IP address, not '$address'."
  check_number GUICHET_PORT "$port" 1 65535
  [[ ! $inside_port ]] || check_number GUICHET_INSIDE_PORT "$inside_port" 1 65535
  [[ $build =~ ^[a-z]+$ ]] || die "GUICHET_BUILD must name a preset such as release, not '$build'."
  [[ $stats =~ ^(public|delayed|staff)$ ]] || die "GUICHET_STATS must be public, delayed or staff, not '$stats'."
  check_rate GUICHET_SUBMIT_RATE "$submit_rate"
  check_rate GUICHET_VIEW_DATA_RATE "$view_data_rate"
  check_rate GUICHET_MY_DATA_RATE "$my_data_rate"
  check_edge
  check_documents
  while read -r handler _; do
    name=${handler#*_}
    check_number "GUICHET_${name^^}_PROCESSES" "$(processes_wanted "$handler")" 1 64
    check_socket "$var/run/$handler.$EPOCHSECONDS.sock"
  done < <(menu)
  check_socket "$var/run/redis/redis.sock"
  check_socket "$inside"
}

# A database on a server, as a setting or in a file; that nothing is made before, and no password is shown.
check_documents() {
  local name file
  for name in GUICHET_INTAKE_DOCUMENTS GUICHET_OFFICE_DOCUMENTS; do
    file=${name}_FILE
    [[ ${!file-} ]] || continue
    [[ ! ${!name-} ]] || die "$name and $file are both set: choose one."
    [[ -f ${!file} && -r ${!file} ]] || die "$file names a file, and ${!file} cannot be read."
  done
}

# How visitors come: TLS, proxies, path.
check_edge() {
  local file
  [[ ${tls_certificate:+x} == "${tls_key:+x}" ]] || die "GUICHET_TLS_CERTIFICATE and GUICHET_TLS_KEY go together: set both, or neither."
  if [[ $tls_certificate ]]; then
    [[ ! $tls_is_self_signed ]] || die "--self-signed makes a certificate, and GUICHET_TLS_CERTIFICATE names one: choose."
    for file in "$tls_certificate" "$tls_key"; do
      [[ -f $file && -r $file ]] || die "GUICHET_TLS_CERTIFICATE and GUICHET_TLS_KEY name files, and $file cannot be read."
      [[ $file =~ ^[[:alnum:]/._\ @+,-]+$ ]] || die "the paths of GUICHET_TLS_CERTIFICATE and GUICHET_TLS_KEY may hold letters, digits, spaces and /._@+,- only: '$file'."
    done
  fi
  [[ $hsts_days == 0 ]] || check_number GUICHET_HSTS_DAYS "$hsts_days" 1 730
  if [[ $http_port ]]; then
    check_number GUICHET_HTTP_PORT "$http_port" 1 65535
    [[ $tls_certificate$tls_is_self_signed ]] || die "GUICHET_HTTP_PORT sends visitors on to HTTPS, which needs GUICHET_TLS_CERTIFICATE or --self-signed."
    ((http_port != port)) || die "GUICHET_HTTP_PORT must be another port than GUICHET_PORT."
  fi
  [[ $trusted_proxies =~ ^[0-9a-fA-F.:/,]*$ ]] || die "GUICHET_TRUSTED_PROXIES must be addresses or networks with commas between, not '$trusted_proxies'."
  [[ $base_path =~ ^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$ ]] || die "GUICHET_BASE_PATH must be a path such as /guichet, without a slash at its end, not '$base_path'."
}

# A Unix socket's path ends after 107 bytes, silently.
check_socket() {
  local LC_ALL=C
  ((${#1} <= 107)) || die "the path of GUICHET_VAR is too long: the socket $1 would have ${#1} bytes, and 107 is the most."
}

# Keeps the settings of the office that is up, for what is done to it later from another shell: for its owner alone, since
# a database's URL may hold a password.
save_settings() {
  local name
  (
    umask 077
    for name in $(compgen -e | grep '^GUICHET_' | grep -v '^GUICHET_VAR$'); do
      printf 'export %s=%q\n' "$name" "${!name}"
    done >"$var/run/settings.new"
  )
  mv -f "$var/run/settings.new" "$var/run/settings"
}

# Puts the settings of the office that is up in the place of this shell's own.
take_saved_settings() {
  local name
  [[ -e $var/run/settings ]] || return 0
  for name in $(compgen -e | grep '^GUICHET_' | grep -v '^GUICHET_VAR$'); do unset "$name"; done
  # shellcheck source=/dev/null
  source "$var/run/settings"
}

# Puts into the variable of its name where a desk keeps its documents, as NAME=VALUE: the file that nginx/up keeps, the one
# that was given, the URL that was given, or a database of this machine.
find_documents() {
  local setting=GUICHET_${1^^}_DOCUMENTS kept=$var/keys/$1.documents file
  file=${setting}_FILE
  if [[ -e $kept && ! ${!setting-} ]]; then
    printf -v "$1" %s "$file=$kept"
  elif [[ ${!file-} ]]; then
    printf -v "$1" %s "$file=${!file}"
  else
    printf -v "$1" %s "$setting=${!setting:-sqlite:$var/data/$1/$1.db}"
  fi
}

# What each handler finds in its environment, besides the GUICHET_* settings that the user gave.
set_environment() {
  local name
  for name in $(compgen -e); do
    [[ $name == GUICHET_* ]] || export -n "${name?}"
  done
  export PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8
  # libmongoc, as soon as it is loaded, would leave a file in /dev/shm for each process that is killed, and complain of it.
  export MONGOC_DISABLE_SHM=1
  local intake office
  find_documents intake
  find_documents office
  unset GUICHET_INTAKE_DOCUMENTS GUICHET_INTAKE_DOCUMENTS_FILE
  export GUICHET_BACKUPS=${GUICHET_BACKUPS:-$var/backups}
  export GUICHET_ERASURES=${GUICHET_ERASURES:-$var/data/erasures/erasures}
  export GUICHET_INTAKE_WINDOW=${GUICHET_INTAKE_WINDOW:-unix:$var/run/redis/redis.sock}
  export GUICHET_METRICS=${GUICHET_METRICS:-$var/run/metrics}
  export GUICHET_BANKS_FILE=${GUICHET_BANKS_FILE:-$release_folder/banks.txt}
  export GUICHET_TEMPLATES=${GUICHET_TEMPLATES:-$release_folder/templates}
  # A key, or a desk's database, is named to those that need it.
  local backup=${GUICHET_BACKUP_PUBLIC_KEY_FILE:-$var/keys/backup.public}
  unset GUICHET_INTAKE_PUBLIC_KEY_FILE GUICHET_INTAKE_SECRET_KEY_FILE GUICHET_INTAKE_INDEX_KEY_FILE GUICHET_OFFICE_DOCUMENTS \
    GUICHET_OFFICE_DOCUMENTS_FILE GUICHET_BACKUP_PUBLIC_KEY_FILE
  case ${1-} in
  intake_* | system_ready | operator | sweep | '') export "${intake?}" ;;&
  intake_submit | intake_my_data | intake_view_data | operator) export GUICHET_INTAKE_PUBLIC_KEY_FILE=$var/keys/intake.public ;;&
  intake_view_data | account_* | operator | sweep) export "${office?}" ;;&
  operator | sweep) export GUICHET_BACKUP_PUBLIC_KEY_FILE=$backup ;;&
  intake_view_data | operator)
    export GUICHET_INTAKE_SECRET_KEY_FILE=$var/keys/intake.secret
    export GUICHET_INTAKE_INDEX_KEY_FILE=$var/keys/intake.index
    export GUICHET_INTAKE_LOOKUP=${GUICHET_INTAKE_LOOKUP:-sqlite:$var/data/reading/lookup.db}
    ;;
  esac
}
