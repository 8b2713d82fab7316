# Who may touch what: users, directories and keys. Started by a plain user, everything is that user's.
# shellcheck shell=bash disable=SC2154

web_user=www-data

# Prints the user that a handler runs as.
user_of() {
  case $1 in
  intake_submit) echo guichet-submit ;;
  intake_stats | intake_stats_jours) echo guichet-stats ;;
  intake_view_data) echo guichet-read ;;
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
  mkdir -p -- "$3"
  give "$@"
}

make_users() {
  local user
  ((EUID == 0)) || return 0
  getent group guichet-intake >/dev/null || groupadd --system guichet-intake
  for user in guichet-submit guichet-stats guichet-read guichet-system guichet-redis; do
    getent passwd "$user" >/dev/null ||
      useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin "$user"
  done
  for user in guichet-submit guichet-stats guichet-read; do
    usermod --append --groups guichet-intake "$user"
  done
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
  [[ ! ${GUICHET_VAR-} && ! -e $repository/var ]] ||
    die "the handlers' users cannot reach $var: set GUICHET_VAR to a directory that every user can cross, such as $place."
  if [[ -e $place ]]; then place+=-$(sha256sum <<<"$repository" | head -c 8); fi
  echo "The handlers' users cannot reach $repository, so var/ leads to $place."
  mkdir -p "$place"
  ln -s "$place" "$repository/var"
  var=$place
}

make_directories() {
  make_directory root:root 755 "$var/data"
  make_directory root:guichet-intake 2770 "$var/data/intake"
  make_directory guichet-redis:guichet-redis 700 "$var/data/redis"
  # Its socket takes the directory's group, so that Redis itself needs no right on the group's database.
  make_directory guichet-redis:guichet-intake 2750 "$var/run/redis"
  make_directory root:root 711 "$var/keys"
}

# SQLite would make files that the group cannot write; its -wal and -shm copy the mode of the first.
make_database() {
  local directory=$var/data/intake file
  for file in intake.db intake.db.lock; do
    [[ -e $directory/$file ]] || (umask 007 && : >"$directory/$file")
  done
  # Regular files only: a handler's user can write here, and root must not follow a link of its making.
  find "$directory" -maxdepth 1 -type f -name 'intake.db*' -print0 | while IFS= read -r -d '' file; do
    give root:guichet-intake 660 "$file"
  done
}

make_keys() {
  local public=$var/keys/intake.public secret=$var/keys/intake.secret
  if [[ ! -e $public && ! -e $secret ]]; then
    "$var/release/bin/guichet" keys new --public "$public" --secret "$secret"
  fi
  [[ -e $public && -e $secret ]] || die "one key of the pair in $var/keys is gone: put intake.public and intake.secret back from a backup."
  give guichet-submit:guichet-submit 400 "$public"
  give guichet-read:guichet-read 400 "$secret"
}

# Only the hash is kept; the password itself is shown at the end of this start and never again.
make_staff_password() {
  local file=$var/keys/staff.htpasswd
  if [[ ! -s $file || -e $file.unseen ]]; then
    : >"$file.unseen"
    password=$(head -c 4096 /dev/urandom | tr -dc 'abcdefghjkmnpqrstuvwxyz23456789')
    password=${password:0:24}
    rm -f "$file"
    (umask 077 && printf 'staff:%s\n' "$(printf '%s\n' "$password" | openssl passwd -6 -stdin)" >"$file")
  fi
  give "$web_user:$web_user" 400 "$file"
}
