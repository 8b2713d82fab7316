# Who may touch what: users, directories and keys. Started by a plain user, everything is that user's.
# shellcheck shell=bash disable=SC2154

# Not www-data, whom other sites of this machine may be: Nginx reaches every handler.
web_user=guichet-web

# Prints the user that a handler runs as.
user_of() {
  case $1 in
  intake_submit) echo guichet-submit ;;
  intake_stats | intake_stats_jours) echo guichet-stats ;;
  intake_view_data | sweep) echo guichet-read ;;
  intake_my_data) echo guichet-my-data ;;
  account_*) echo guichet-account ;;
  system_ready) echo guichet-ready ;;
  redis) echo guichet-redis ;;
  *) echo guichet-system ;;
  esac
}

# Gives a file or directory to an owner; a plain user keeps it.
give() {
  local owner=$1 mode=$2 path=$3
  if ((EUID == 0)); then chown -- "$owner" "$path"; fi
  chmod -- "$mode" "$path"
}

make_directory() {
  local owner=$1 mode=$2 path=$3 as=()
  ((EUID != 0)) || as=(--owner "${owner%:*}" --group "${owner#*:}")
  install --directory "${as[@]}" --mode "$mode" -- "$path"
}

# Adds users to a group, those that are not in it yet.
join() {
  local group=$1 user
  shift
  for user in "$@"; do
    [[ ,${members[$group]-}, == *,$user,* ]] || usermod --append --groups "$group" "$user"
  done
}

# Makes the users and groups that are missing; words for useradd and groupadd may follow. Where these count the numbers
# down, as a container's do, the order of the lists tells each its own: new names go to the ends.
make_users() {
  local user group machine
  local all_groups=(guichet-intake guichet-sealing guichet-erasures guichet-office guichet-watched)
  local all_users=(guichet-submit guichet-stats guichet-read guichet-my-data guichet-system guichet-ready guichet-redis "$web_user" guichet-account)
  local -A members=() is_here=()
  ((EUID == 0)) || return 0
  # They are the machine's: of two offices that begin together, both would find them missing.
  make_lock /run/guichet-users.lock
  exec {machine}>/run/guichet-users.lock
  flock "$machine"
  while IFS=: read -r group _ _ user; do members[$group]=$user; done < <(getent group "${all_groups[@]}")
  while IFS=: read -r user _; do is_here[$user]=yes; done < <(getent passwd "${all_users[@]}")
  for group in "${all_groups[@]}"; do
    [[ -v members[$group] ]] || groupadd --system "$@" "$group"
  done
  for user in "${all_users[@]}"; do
    [[ ${is_here[$user]-} ]] ||
      useradd --system --user-group "$@" --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin "$user"
  done
  join guichet-intake guichet-submit guichet-stats guichet-read guichet-my-data guichet-ready
  join guichet-sealing guichet-submit guichet-my-data guichet-read
  join guichet-erasures guichet-read guichet-my-data
  join guichet-office guichet-read guichet-account
  join guichet-watched guichet-submit guichet-stats guichet-read guichet-my-data guichet-system guichet-ready guichet-account
  exec {machine}>&-
}

# Whether other users can pass through a directory, or through the nearest one above it that exists.
can_be_crossed() {
  local directory=$1
  until [[ -d $directory ]]; do directory=$(dirname "$directory"); done
  setpriv --reuid 65534 --regid 65534 --clear-groups -- test -x "$directory"
}

# Root's office runs as several users, and all of them must reach var.
choose_var() {
  local place=/var/lib/guichet
  ((EUID == 0)) || return 0
  ! can_be_crossed "$var" || return 0
  # A var/ that holds builds alone, as tests leave it, moves along.
  [[ ! ${GUICHET_VAR-} && ! -L $repository/var && ! -e $repository/var/data ]] ||
    die "the handlers' users cannot reach $var: set GUICHET_VAR to a new directory that every user can cross, such as one in /srv."
  if [[ -e $place ]]; then place+=-$(sha256sum <<<"$repository" | head -c 8); fi
  echo "The handlers' users cannot reach $repository, so var/ leads to $place."
  mkdir -p "$place"
  if [[ -d $repository/var ]]; then
    find "$repository/var" -mindepth 1 -maxdepth 1 -exec mv -t "$place" -- {} +
    rmdir "$repository/var"
  fi
  ln -s "$place" "$repository/var"
  var=$place
}

make_directories() {
  make_directory root:root 755 "$var/data"
  make_directory root:guichet-intake 2770 "$var/data/intake"
  make_directory root:guichet-erasures 2770 "$var/data/erasures"
  # The audit trail, and the reading side's index: out of reach for who is posted to.
  make_directory root:guichet-office 2770 "$var/data/office"
  make_directory guichet-read:guichet-read 700 "$var/data/reading"
  make_directory guichet-read:guichet-read 700 "$var/backups"
  make_directory guichet-redis:guichet-redis 700 "$var/data/redis"
  # Its socket takes the directory's group, so that Redis itself needs no right on the group's database.
  make_directory guichet-redis:guichet-intake 2750 "$var/run/redis"
  make_directory root:root 711 "$var/keys"
  # Each process makes its own file there, which its group can read and nobody else can touch.
  make_directory root:guichet-watched 3770 "$var/run/metrics"
  # Nginx lets every user connect to its sockets: this folder does not.
  make_directory root:root 700 "$var/run/inside"
}

# Counts outlive their processes; those of a handler that is in the menu no more would tell that it is down.
forget_former_handlers() {
  local slot owner owners
  owners=" sweep $(menu | cut -d ' ' -f 1 | xargs) "
  for slot in "$var"/run/metrics/*; do
    owner=${slot##*/} owner=${owner%.*}
    [[ $owners == *" $owner "* ]] || rm -f "$slot"
  done
}

# Makes files that a group can write, as a member of it: in a directory that handlers can write, a link of their making
# would lead root anywhere.
make_shared_files() {
  local user=$1 group=$2 file as_member=()
  shift 2
  ((EUID != 0)) || as_member=(setpriv --reuid "$user" --regid "$group" --clear-groups --)
  for file in "$@"; do
    # shellcheck disable=SC2016
    [[ -e $file ]] || "${as_member[@]}" bash -c 'umask 007 && : >>"$1"' - "$file" 2>/dev/null ||
      die "$file cannot be made: look at what lies in its place."
  done
}

# SQLite would make files that the group cannot write; its -wal and -shm copy the mode of the first. A database that is
# elsewhere has none here.
make_database() {
  [[ ${GUICHET_INTAKE_DOCUMENTS-}${GUICHET_INTAKE_DOCUMENTS_FILE-} ]] ||
    make_shared_files guichet-submit guichet-intake "$var/data/intake/intake.db" "$var/data/intake/intake.db.lock"
  make_shared_files guichet-my-data guichet-erasures "$var/data/erasures/erasures"
  [[ ${GUICHET_OFFICE_DOCUMENTS-}${GUICHET_OFFICE_DOCUMENTS_FILE-} ]] ||
    make_shared_files guichet-read guichet-office "$var/data/office/office.db" "$var/data/office/office.db.lock"
  keep_documents guichet-intake "$var/keys/intake.documents" "${GUICHET_INTAKE_DOCUMENTS_FILE-}"
  keep_documents guichet-office "$var/keys/office.documents" "${GUICHET_OFFICE_DOCUMENTS_FILE-}"
}

# Each desk's own users read where its database is, and with what password; the operator's file may be root's alone.
keep_documents() {
  local group=$1 kept=$2 given=$3
  [[ $given ]] || { rm -f -- "$kept" && return; }
  [[ $(realpath -m -- "$given") == "$(realpath -m -- "$kept")" ]] || (umask 077 && cp -- "$given" "$kept")
  give "root:$group" 440 "$kept"
}

make_keys() {
  local public=$var/keys/intake.public secret=$var/keys/intake.secret index=$var/keys/intake.index
  if [[ ! -e $public && ! -e $secret ]]; then
    "$release_folder/bin/guichet" keys new --public "$public" --secret "$secret"
  fi
  [[ -e $public && -e $secret ]] || die "one key of the pair in $var/keys is gone: put intake.public and intake.secret back from a backup."
  # One file for all who seal, so that a new key reaches them together.
  give root:guichet-sealing 440 "$public"
  give guichet-read:guichet-read 400 "$secret"
  # Lost, it can be made anew: the index is then rebuilt with it.
  if [[ ! -e $index ]]; then
    "$release_folder/bin/guichet" keys new-index "$index"
    rm -f "$var"/data/reading/lookup.db*
  fi
  give guichet-read:guichet-read 400 "$index"
  # The secret half leaves this machine, so its absence is no fault.
  if [[ ! -e $var/keys/backup.public && ! ${GUICHET_BACKUP_PUBLIC_KEY_FILE-} ]]; then
    [[ ! -e $var/keys/backup.secret ]] || die "$var/keys/backup.public is gone: put it back, or take backup.secret away to have a new pair made."
    "$release_folder/bin/guichet" keys new-backup "$var/keys"
  fi
  if [[ -e $var/keys/backup.public ]]; then give root:guichet-read 440 "$var/keys/backup.public"; fi
}

# The first account, an administrator's, where there is none yet. Its password is shown at the end of this start and never
# again, and its owner chooses another at the first login; a start that did not come so far makes it anew.
make_administrator() {
  local unseen=$var/keys/administrator.unseen was_unseen=
  rm -f "$var/keys/staff.htpasswd"
  [[ ! -e $unseen ]] || was_unseen=yes
  : >"$unseen"
  password=$(users first "$administrator")
  [[ $password || ! $was_unseen ]] || password=$(users reset "$administrator")
  [[ $password ]] || rm -f "$unseen"
}

# Runs a subcommand about accounts in this office.
users() {
  (set_environment operator && "$release_folder/bin/guichet" users "$@")
}

show_administrator() {
  [[ $password ]] || return 0
  echo "Log in at $1/login as $administrator with the password $password (shown this once; you will choose another)."
  rm -f "$var/keys/administrator.unseen"
}
