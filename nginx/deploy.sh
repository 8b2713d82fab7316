# From the release and the settings that the office runs with to others, without a gap: only what differs is replaced, one
# handler after the other. When one fails, those before it go back: what they took the place of ends last.
# shellcheck shell=bash disable=SC2034,SC2154

replaced=()

# Keeps what Nginx is told, for the way back.
keep_configuration() {
  rm -rf "$var/nginx.before"
  mkdir "$var/nginx.before"
  cp -p "$var"/nginx/*.conf "$var/nginx.before/"
}

restore_configuration() {
  rm -f "$var"/nginx/*.conf
  cp -p "$var"/nginx.before/*.conf "$var/nginx/"
}

# Tells Nginx to read its configuration again; waits until workers that have read it are there.
reload_nginx() {
  local before deadline=$((SECONDS + 5)) pid start boot
  before=$(processes nginx)
  signal nginx HUP
  until [[ $(processes nginx | grep -vxF "$before") ]]; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
  read -r pid start boot <"$var/run/nginx.pid"
  echo "$pid $start $boot" >"$var/run/nginx.pid"
  note_nginx
}

# Prints the handlers that do not run as they should now, and those that the menu no longer names.
outdated() {
  local handler
  while read -r handler _; do
    [[ $(noted "$handler" generation) == "$(generation_of "$handler")" ]] || echo "$handler"
  done < <(menu)
}
unnamed() { comm -13 <(menu | cut -d ' ' -f 1 | sort) <(for_each_socket | sort); }
for_each_socket() {
  local socket
  for socket in "$var"/run/*.sock; do
    socket=${socket##*/} socket=${socket%.sock}
    [[ ! -e $var/run/$socket.pid ]] || echo "$socket"
  done
}

# Nobody waits for an answer of it.
replace_sweep() {
  signal sweep TERM
  end sweep
  start_sweep
}

# What was replaced works as before again: the old generations have only waited.
go_back() {
  local handler
  trap '' HUP INT TERM
  restore_configuration
  ((${#replaced[@]})) || return 0
  for handler in "${replaced[@]}"; do
    case $handler in
    nginx) reload_nginx || true ;;
    sweep) (take_saved_settings && choose_release "$(realpath -- "$var/release")" && replace_sweep) || true ;;
    *) if [[ -e $var/run/$handler.old.pid ]]; then give_back "$handler"; else dismiss "$handler"; fi ;;
    esac
  done
  retire_generations
  echo "What was replaced runs as before again: ${replaced[*]}." >&2
}

deploy() {
  local handler path words listened
  listened=$(noted nginx listeners)
  [[ ! $listened || $listened == "$(listeners)" ]] || {
    restore_configuration
    die "the office listens elsewhere: an address or a port is changed by nginx/down and nginx/up."
  }
  words=$(env -i "$(command -v nginx)" -t -e stderr -p "$var/nginx" -c "$var/nginx/nginx.conf" 2>&1) || {
    restore_configuration
    die "Nginx refuses its configuration: $(grep -m 1 emerg <<<"$words")"
  }
  undo=go_back
  for handler in $(outdated); do
    replace_generation "$handler" || die "$handler of the new release does not answer: $(last_words "$handler")"
    replaced+=("$handler")
  done
  if [[ $(noted nginx configuration) != "$(configuration)" ]]; then
    replaced+=(nginx)
    reload_nginx || die "Nginx does not take its new configuration: $(last_words nginx)"
  fi
  while read -r handler path; do
    answers "$handler" "$path" || die "$handler does not answer through Nginx: $(last_words "$handler")"
  done < <(menu)
  if [[ $(noted sweep generation) != "$(generation_of sweep)" ]]; then
    replaced+=(sweep)
    replace_sweep
  fi
  undo=
  switch_release
  save_settings
  for handler in $(unnamed); do dismiss "$handler"; done
  retire_generations
  drop_releases
}
