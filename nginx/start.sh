# The parts of the office, each started once everything that it needs is there.
# shellcheck shell=bash disable=SC2154

start_redis() {
  local as=() deadline=$((SECONDS + 20))
  ((EUID != 0)) || as=(setpriv --reuid guichet-redis --regid guichet-redis --clear-groups --)
  start redis "${as[@]}" env -i "$(command -v redis-server)" "$var/nginx/redis.conf"
  until [[ $(redis-cli -s "$var/run/redis/redis.sock" ping 2>/dev/null) == PONG ]]; do
    if ! is_alive redis || ((SECONDS >= deadline)); then die "Redis does not start: $(last_words redis)"; fi
    sleep 0.05
  done
}

# All at once, then each is waited for.
start_handlers() {
  local handler path
  while read -r handler _; do begin_generation "$handler"; done < <(menu)
  while read -r handler path; do
    await_generation "$handler" "$path" || die "$handler does not answer: $(last_words "$handler")"
    take_over "$handler"
  done < <(menu)
}

# Retention, and the ledger of erasures when an older copy was put back: once before anybody reads, then every hour.
start_sweep() {
  local as=()
  ((EUID != 0)) || as=(setpriv --reuid guichet-read --regid guichet-read --init-groups --no-new-privs --)
  (
    set_environment sweep
    run "the records cannot be swept: read the words above" "${as[@]}" "$release_folder/bin/guichet" sweep
    start sweep "${as[@]}" /usr/bin/multiwatch --forks 1 --retry 2147483647 --timeout 0 --signal TERM -- \
      /usr/bin/setpriv --pdeathsig TERM -- "../releases/${release_folder##*/}/bin/guichet" sweep --every 3600
    note sweep generation "$(describe_generation sweep)"
  )
}

start_nginx() {
  # One that was killed leaves its socket in the way.
  rm -f "$inside"
  start nginx env -i "$(command -v nginx)" -e "$var/log/nginx.log" -p "$var/nginx" -c "$var/nginx/nginx.conf"
  note_nginx
}

# Prints what Nginx is told, and on what it listens.
configuration() { cat "$var"/nginx/*.conf | sha256sum | head -c 12; }
listeners() { grep -hE '^ *listen ' "$var"/nginx/*.conf | sort | xargs; }

note_nginx() {
  note nginx configuration "$(configuration)"
  note nginx listeners "$(listeners)"
}

# Prints all processes of the recorded ones that live, each with the name. One look at the machine for all of them.
list_processes() {
  local name pid member fields
  local -A names=()
  while read -r name; do
    if is_alive "$name" && read -r pid _ <"$var/run/$name.pid"; then names[$pid]=$name; fi
  done < <(recorded)
  for member in $(cd /proc && grep -lsF -f <(printf ' %s \n' "${!names[@]}") -- [0-9]*/stat); do
    member=${member%/stat}
    read_fields "$member" || continue
    name=${names[${fields[3]}]-}
    [[ ! $name ]] || echo "$name $member"
  done | sort
}

# Waits until each handler answers through Nginx, and a second more: a bad start shows itself within it.
await_health() {
  local deadline=$((SECONDS + 20)) handler path before name
  while read -r handler path; do
    until answers "$handler" "$path"; do
      is_alive nginx || die "Nginx does not start: $(last_words nginx)"
      ((SECONDS < deadline)) || die "$handler does not answer: $(last_words "$handler")"
      sleep 0.1
    done
  done < <(menu)
  before=$(list_processes)
  sleep 1
  name=$(comm -23 <(echo "$before") <(list_processes) | head -n 1)
  name=${name%% *}
  [[ ! $name ]] || die "$name does not stay up: $(last_words "$name")"
}
