# What nginx/up and nginx/down share: where the office lies, and which processes are its own.
# shellcheck shell=bash disable=SC2034

set -euo pipefail
umask 022
# Debian keeps nginx and useradd out of a plain user's PATH.
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8

nginx=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
repository=${nginx%/*}
var=$(realpath -m -- "${GUICHET_VAR:-$repository/var}")

# Where Nginx serves what is for the inside alone.
inside=$var/run/inside/nginx.sock

has_explained=

# Ends the command with one sentence: what is wrong, and what to do.
die() {
  has_explained=yes
  printf 'nginx/%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Makes a lock that nobody else can hold: that needs no more than the right to read.
make_lock() { (umask 077 && : >>"$1") && chmod 600 "$1"; }

# One office is started or stopped by one command at a time; the lock ends with that command and its last short-lived child.
take_lock() {
  make_lock "$var/run/lock" 2>/dev/null || die "$var belongs to another user: be that user, or choose another GUICHET_VAR."
  exec {lock}>"$var/run/lock"
  flock --wait 3 "$lock" || die "another nginx/up, nginx/scale or nginx/down is at work here: wait until it has ended."
}

# The release that is started, and with it the menu and the templates of Nginx's configuration.
choose_release() {
  release_folder=$1
  conf=$nginx
  if [[ -e $release_folder/nginx/menu.conf ]]; then conf=$release_folder/nginx; fi
}
choose_release "$(realpath -m -- "$var/release")"

# Prints each handler that the menus name, with the first path that it answers: `inside:/metrics` for the inside's.
menu() {
  # shellcheck disable=SC2016
  awk '/^ *location = / { path = $3; sub(/^[$]{BASE}/, "", path); if (FILENAME ~ /inside.conf$/) path = "inside:" path }
    match($0, /set \$handler [a-z_]+/) {
      handler = substr($0, RSTART + 13, RLENGTH - 13); if (!seen[handler]++) print handler, path
    }' "$conf/menu.conf" "$conf/inside.conf"
}

recorded() {
  local record
  for record in "$var"/run/*.pid; do
    [[ -e $record ]] || continue
    record=${record##*/}
    echo "${record%.pid}"
  done
}

this_boot=$(</proc/sys/kernel/random/boot_id)

# Reads a process's state, parent, group, session ... start time into `fields`; fails when it does not live. Its name may
# hold anything, also line ends and parentheses: the fields begin past the last one.
read_fields() {
  local text=
  { IFS= read -r -d '' text <"/proc/$1/stat" || [[ $text ]]; } 2>/dev/null || return 1
  read -ra fields <<<"${text##*) }"
  [[ ${fields[0]} != [ZX] ]]
}

# A pid alone is given to another process one day; with its start time, in ticks since the boot, and the boot it is ours
# for good.
record() {
  local name=$1 pid=$2 fields
  read_fields "$pid" || return 0
  echo "$pid ${fields[19]} $this_boot" >"$var/run/$name.pid"
}

# Writes a word about a recorded process beside its record, and prints one.
note() { echo "$2 $3" >>"$var/run/$1.pid"; }
noted() {
  local word text
  [[ -e $var/run/$1.pid ]] || return 0
  while read -r word text; do [[ $word != "$2" ]] || echo "$text"; done <"$var/run/$1.pid"
}

is_alive() {
  local pid start boot fields
  [[ -s $var/run/$1.pid ]] && read -r pid start boot <"$var/run/$1.pid" && [[ $boot == "$this_boot" ]] &&
    read_fields "$pid" && [[ ${fields[19]} == "$start" ]]
}

# Prints the processes of a recorded one's session, also those that it left behind if it was killed.
processes() {
  local name=$1 pid start boot member fields leader=dead
  [[ -s $var/run/$name.pid ]] && read -r pid start boot <"$var/run/$name.pid" || return 0
  if is_alive "$name"; then leader=alive; elif [[ $boot != "$this_boot" ]] || read_fields "$pid"; then return 0; fi
  # grep reads a whole machine faster than the shell a few processes; what it finds may be another field, or a name.
  for member in $(cd /proc && grep -ls " $pid " -- [0-9]*/stat); do
    member=${member%/stat}
    read_fields "$member" && [[ ${fields[3]} == "$pid" ]] || continue
    # Without its leader a session's number proves nothing: ours work in the office's own directory.
    if [[ $leader == alive || $(readlink "/proc/$member/cwd") == "$var"/* ]]; then echo "$member"; fi
  done
}

# Whether anything is left of a recorded process; only where it does not live itself is the machine searched.
is_left() { is_alive "$1" || [[ $(processes "$1") ]]; }

# Starts a command in a session of its own, detached from everything of ours, its output in the log of its name. It
# records itself before it begins, so that nothing is ever there without its record.
start() {
  local name=$1 record=$var/run/$1.pid
  shift
  rm -f "$record"
  (
    record "$name" "$BASHPID"
    cd "$var/run"
    umask 027
    for descriptor in /proc/self/fd/*; do
      descriptor=${descriptor##*/}
      if ((descriptor > 2)); then exec {descriptor}>&-; fi
    done
    exec </dev/null >>"$var/log/${name%.new}.log" 2>&1
    exec setsid "$@"
  ) &
  while [[ ! -s $record ]] && kill -0 $! 2>/dev/null; do sleep 0.01; done
}

# Prints the last words of a log, without those of multiwatch and those about requests: of a handler's line, its cause.
last_words() {
  grep -v '^\(Spawning child\|Child\)\[\|"request_id"' "$var/log/$1.log" | tail -n 1 | sed 's/^{.*"cause":"\(.*\)"}$/\1/'
}

# Sends a signal to a recorded process, or to its orphans.
signal() {
  local name=$1 number=$2 members
  if is_alive "$name"; then read -r members _ <"$var/run/$name.pid"; else members=$(processes "$name"); fi
  # shellcheck disable=SC2086
  [[ ! $members ]] || kill "-$number" $members 2>/dev/null || true
}

# Waits until nothing of a recorded process is left; what a supervisor left behind, ended while it began, is told too.
has_ended() {
  local name=$1 deadline=$((SECONDS + $2 + 1))
  while is_left "$name"; do
    ((SECONDS < deadline)) || return 1
    is_alive "$name" || signal "$name" TERM
    sleep 0.05
  done
}

# Ends recorded processes that were told to end, by force when they don't, and forgets them.
end() {
  local name left
  for name in "$@"; do
    if ! has_ended "$name" 12; then
      left=$(processes "$name")
      # shellcheck disable=SC2086
      kill -KILL $left 2>/dev/null || true
      has_ended "$name" 5 || die "$name does not end: its processes are $(processes "$name" | xargs)."
    fi
    rm -f "$var/run/$name.pid" "$var/run/$name.sock"
  done
}

# Nginx first, so that no request is cut; Redis last, so that it writes down what the handlers told it.
stop_office() {
  local name others=()
  rm -f "$var/run/address"
  while read -r name; do
    [[ $name == nginx || $name == redis ]] || others+=("$name")
  done < <(recorded)
  if [[ -e $var/run/nginx.pid ]]; then signal nginx QUIT; end nginx; fi
  for name in "${others[@]}"; do signal "$name" TERM; done
  end "${others[@]}"
  if [[ -e $var/run/redis.pid ]]; then signal redis TERM; end redis; fi
  rm -f "$var"/run/*.[0-9]*.sock "$var"/run/*.processes "$var/run/settings"
}

# Prints how many of the recorded processes live.
count_alive() {
  local name count=0
  while read -r name; do
    ! is_left "$name" || count=$((count + 1))
  done < <(recorded)
  echo "$count"
}
