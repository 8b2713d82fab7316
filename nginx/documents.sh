# Where the documents of containers are: in files of SQLite, or on the server that COMPOSE_PROFILES names, with a password
# for each desk that is made once.
# shellcheck shell=bash disable=SC2154

# The server's user, in the images of both.
server_user=999:999

# Prints the one database that COMPOSE_PROFILES names.
chosen_engine() {
  local name found=()
  for name in ${COMPOSE_PROFILES//,/ }; do
    [[ ! $name =~ ^(mongodb|postgresql|sqlite)$ ]] || found+=("$name")
  done
  ((${#found[@]} == 1)) || die "COMPOSE_PROFILES must name one of mongodb, postgresql and sqlite, not '${COMPOSE_PROFILES-}'."
  echo "${found[0]}"
}

# Prints where a desk's documents are.
documents_url() {
  local engine=$1 desk=$2 password
  password=$desk:$(cat "$var/keys/database.$desk" 2>/dev/null || true)
  case $engine in
  mongodb) echo "mongodb://$password@mongodb:27017/$desk?replicaSet=guichet" ;;
  postgresql) echo "postgresql://$password@postgresql/$desk" ;;
  sqlite) echo "sqlite:$var/data/$desk/$desk.db" ;;
  esac
}

# Makes a file of random letters, whole or not at all.
make_secret() {
  [[ ! -e $var/keys/$1 ]] || return 0
  (umask 077 && openssl rand -base64 "$2" | tr -d '\n/+=' >"$var/keys/$1.new")
  give "$server_user" 400 "$var/keys/$1.new"
  mv -- "$var/keys/$1.new" "$var/keys/$1"
}

# What says where the documents are says it for good: another engine begins an empty office.
check_kept() {
  local engine=$1 kept=$var/keys/$2.documents
  [[ -e $kept ]] || return 0
  [[ $(<"$kept") == "$engine":* ]] ||
    die "this office's documents are not on $engine, as $2.documents among the secrets says: set COMPOSE_PROFILES to what it was."
  [[ $engine == sqlite || -e $var/keys/database.$2 ]] || die "database.$2 is gone: put it back among the secrets, from a backup."
}

make_documents() {
  local engine desk kept
  engine=$(chosen_engine)
  for desk in intake office; do check_kept "$engine" "$desk"; done
  if [[ $engine == sqlite ]]; then
    make_database
  else
    make_secret database.key 700
    make_secret database.administrator 36
    make_secret database.intake 36
    make_secret database.office 36
    export GUICHET_INTAKE_DOCUMENTS_FILE=$var/keys/intake.documents GUICHET_OFFICE_DOCUMENTS_FILE=$var/keys/office.documents
  fi
  for desk in intake office; do
    kept=$var/keys/$desk.documents
    [[ -e $kept ]] || (umask 077 && documents_url "$engine" "$desk" >"$kept.new" && mv -- "$kept.new" "$kept")
    give "root:guichet-$desk" 440 "$kept"
  done
  [[ $engine == sqlite ]] || make_database
}

# Waits until both databases answer and have their tables.
await_documents() {
  local deadline=$((SECONDS + 300)) words
  set_environment sweep
  "$var/release/bin/guichet" settings check
  until words=$({ REQUEST_METHOD=GET SCRIPT_NAME=/stats "$var/release/bin/intake_stats" && "$var/release/bin/guichet" users list; } 2>&1 >/dev/null); do
    ((SECONDS < deadline)) || die "the database does not answer: $words"
    sleep 1
  done
}

# A server's databases are copied by the services *-dumps, with its own programs.
leave_backups_to_server() {
  local intake
  find_documents intake
  [[ $intake != GUICHET_INTAKE_DOCUMENTS_FILE=* || $(<"$var/keys/intake.documents") == sqlite:* ]] ||
    export GUICHET_BACKUP_HOURS=off
}
