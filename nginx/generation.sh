# A generation of a handler: the processes under one supervisor, of one release, with one environment. A new one starts
# beside the one that works, answers on a socket of its own, then takes the handler's over by a rename: Nginx connects by
# path, so it is never reloaded for that. The old one goes on until Nginx has closed what it kept to it, and is told to
# end then: no request meets a connection that closes.
#
# Records: NAME.new.pid, then NAME.pid (in force), then NAME.old.pid. Wherever a command is cut off, the records and the
# sockets tell how far it came, and `settle_generations` goes on from there.
# shellcheck shell=bash disable=SC2154

patience=10      # seconds, for a new generation to answer
goodbye_max=15   # seconds, for Nginx to close what it keeps to an old one
deaths_max=3     # a new generation that died so often does not come up

# Prints what a handler's generation would be now: its release, processes and environment.
generation_of() {
  (set_environment "$1" && describe_generation "$1")
}

# The same, where the handler's environment is set.
describe_generation() {
  local handler=$1 name file environment
  environment=$(
    {
      for name in "${!GUICHET_@}"; do
        [[ $name =~ ^GUICHET_(ADDRESS|ADMINISTRATOR|[A-Z_]*PORT|TLS_[A-Z]+|HSTS_DAYS|TRUSTED_PROXIES|BUILD|VAR|[A-Z_]+_RATE|[A-Z_]+_PROCESSES)$ ]] ||
          printf '%s=%s\n' "$name" "${!name}"
      done
      for file in "${GUICHET_INTAKE_DOCUMENTS_FILE-}" "${GUICHET_OFFICE_DOCUMENTS_FILE-}"; do
        [[ ! $file ]] || cat -- "$file"
      done
    } | sha256sum
  )
  echo "${release_folder##*/} $(processes_wanted "$handler") ${environment:0:12}"
}

# Prints how often a process of a generation was started again.
restarts() {
  local handler=${1%.new} from
  from=$(noted "$1" log)
  tail -c "+$((${from:-0} + 1))" "$var/log/$handler.log" | grep -c '^Child\[[0-9]*\] died, respawn' || true
}

begin_generation() {
  local handler=$1 socket=$1.$EPOCHSECONDS.sock mode=(-M 600) user count log_bytes=0
  user=$(user_of "$handler")
  count=$(processes_wanted "$handler")
  [[ ! -e $var/log/$handler.log ]] || log_bytes=$(stat -c %s "$var/log/$handler.log")
  # Root makes the socket for the handler's user and Nginx's workers, then becomes that user.
  ((EUID != 0)) || mode=(-M 660 -U "$user" -G "$web_user" -u "$user" -g "$user")
  (
    set_environment "$handler"
    # multiwatch starts a dead child again without end; if it is killed itself, its children drain instead of staying behind.
    # It takes no path with an accent, and works in var/run: so a relative one, to the release itself and not to whichever
    # is in force, so that a child is started again as what it was.
    start "$handler.new" /usr/bin/spawn-fcgi -n -s "$var/run/$socket" "${mode[@]}" -- \
      /usr/bin/multiwatch --forks "$count" --retry 2147483647 --timeout 0 --signal TERM -- \
      /usr/bin/setpriv --no-new-privs --pdeathsig TERM -- "../releases/${release_folder##*/}/bin/$handler"
    note "$handler.new" socket "$socket"
    note "$handler.new" log "$log_bytes"
    note "$handler.new" generation "$(describe_generation "$handler")"
  )
}

# Prints how a FastCGI process begins its answer, at a socket's path or at HOST:PORT.
ask_fastcgi() {
  env -i PATH="$PATH" REQUEST_METHOD=GET SCRIPT_NAME="${2#inside:}" timeout 5 cgi-fcgi -bind -connect "$1" 2>&1 </dev/null |
    head -n 1
}

# Whether a FastCGI process answers on a socket; what is for the inside may well say that something else does not.
answers_fastcgi() {
  local good='[2-4]'
  [[ $2 != inside:* ]] || good='[2-5]'
  [[ $(ask_fastcgi "$@") =~ ^Status:\ $good ]]
}

await_generation() {
  local handler=$1 path=$2 socket deadline=$((SECONDS + patience))
  socket=$var/run/$(noted "$handler.new" socket)
  until [[ -S $socket ]] && answers_fastcgi "$socket" "$path"; do
    ((SECONDS < deadline && $(restarts "$handler.new") < deaths_max)) && is_alive "$handler.new" || return 1
    sleep 0.05
  done
}

# The socket last: as long as it stands under its own name, whoever comes after a cut knows that this is left to do. The
# old generation's is kept too, for the way back.
take_over() {
  local handler=$1
  if [[ -e $var/run/$handler.pid ]]; then
    ln -f "$var/run/$handler.sock" "$var/run/$handler.old.sock"
    mv -f "$var/run/$handler.pid" "$var/run/$handler.old.pid"
  fi
  mv -f "$var/run/$handler.new.pid" "$var/run/$handler.pid"
  mv -f "$var/run/$(noted "$handler" socket)" "$var/run/$handler.sock"
}

# The way back from `take_over`, as long as the old generation has not been told to end.
give_back() {
  local handler=$1
  mv -f "$var/run/$handler.pid" "$var/run/$handler.undone.pid"
  mv -f "$var/run/$handler.old.pid" "$var/run/$handler.pid"
  mv -f "$var/run/$handler.old.sock" "$var/run/$handler.sock"
}

# Ends a generation that never was in force.
abandon() {
  local handler=$1 socket
  socket=$(noted "$handler.new" socket)
  signal "$handler.new" TERM
  end "$handler.new"
  [[ ! $socket ]] || rm -f "$var/run/$socket"
}

# Whether a web server keeps a connection to a socket that was bound by that name. (In /proc/net/unix 03 is "connected".)
is_connected() {
  [[ $(grep -F -- " $var/run/$1" /proc/net/unix | grep '^[^ ]* [^ ]* [^ ]* [^ ]* 0001 03 ') ]]
}

# Ends the generations that were taken over, or given back.
retire_generations() {
  local name socket old=() deadline=$((SECONDS + goodbye_max))
  for name in $(recorded | grep '\.\(old\|undone\)$'); do
    old+=("$name")
    socket=$(noted "$name" socket)
    while is_connected "${socket:-${name%.*}.sock}" && ((SECONDS < deadline)); do sleep 0.05; done
    signal "$name" TERM
  done
  end "${old[@]}"
}

# Ends a handler that the menu no longer names.
dismiss() {
  mv -f "$var/run/$1.pid" "$var/run/$1.old.pid"
  rm -f "$var/run/$1.sock" "$var/run/$1.processes"
}

# Finishes, or takes back, what a command that was cut off began.
settle_generations() {
  local name handler socket
  for name in $(recorded | grep '\.new$'); do
    handler=${name%.new}
    if [[ -e $var/run/$handler.pid ]]; then abandon "$handler"; else take_over "$handler"; fi
  done
  for name in $(recorded | grep '\.undone$'); do
    handler=${name%.undone}
    if [[ ! -e $var/run/$handler.pid ]]; then mv -f "$var/run/$handler.old.pid" "$var/run/$handler.pid"; fi
    if [[ ! -e $var/run/$handler.old.pid && -e $var/run/$handler.old.sock ]]; then
      mv -f "$var/run/$handler.old.sock" "$var/run/$handler.sock"
    fi
  done
  for socket in "$var"/run/*.[0-9]*.sock; do
    handler=${socket##*/} handler=${handler%.*.sock}
    if [[ $(noted "$handler" socket) == "${socket##*/}" ]]; then mv -f "$socket" "$var/run/$handler.sock"; else rm -f "$socket"; fi
  done
  retire_generations
}

# Replaces a handler's generation by one of the release and the settings at hand; fails when the new one does not answer,
# and then nothing has changed.
replace_generation() {
  local handler=$1 path
  path=$(menu | sed -n "s/^$handler //p")
  begin_generation "$handler"
  if ! await_generation "$handler" "$path"; then
    abandon "$handler"
    return 1
  fi
  take_over "$handler"
}
