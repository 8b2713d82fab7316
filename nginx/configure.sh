# Nginx's configuration, from the templates beside this file to $var/nginx.
# shellcheck shell=bash disable=SC2154

# To each handler, in each of Nginx's two workers: together fewer than its 72 threads, or requests wait behind idle connections.
kept_connections=32

# Prints where Nginx reaches a handler.
server_of() {
  echo "unix:$var/run/$1.sock"
}

write_upstreams() {
  local handler server
  while read -r handler _; do
    echo "upstream $handler {"
    # Nginx tries a server once a request, and after a crash each kept connection is a dead one to get past.
    for ((server = 0; server < kept_connections + 2; server++)); do
      echo "  server \"$(server_of "$handler")\" max_fails=0;"
    done
    # A connection that is never given up starves those that wait for its thread: with 64 clients and 32 threads, 1
    # request in 100 took 370 ms when each was given up after 100 requests, 25 ms with a thread for each client.
    printf '  keepalive %d;\n  keepalive_requests 25;\n}\n' "$kept_connections"
  done < <(menu)
}

configure() {
  local template worker_user=''
  ((EUID != 0)) || worker_user="user $web_user;"
  make_directory root:root 755 "$var/nginx"
  make_directory root:root 755 "$var/nginx/temporary"
  (
    export VAR=$var LISTEN=$listen WORKER_USER=$worker_user
    # An empty key is a limit that is never reached.
    export SUBMIT_KEY='""' SUBMIT_RATE=1 SUBMIT_BURST=1 VIEW_DATA_KEY='""' VIEW_DATA_RATE=1 VIEW_DATA_BURST=1
    export MY_DATA_KEY='""' MY_DATA_RATE=1 MY_DATA_BURST=1
    if [[ $submit_rate != off ]]; then
      SUBMIT_KEY=\$binary_remote_addr SUBMIT_RATE=$submit_rate SUBMIT_BURST=$((submit_rate * 2))
    fi
    if [[ $view_data_rate != off ]]; then
      VIEW_DATA_KEY=\$binary_remote_addr VIEW_DATA_RATE=$view_data_rate VIEW_DATA_BURST=$((view_data_rate * 5))
    fi
    if [[ $my_data_rate != off ]]; then
      MY_DATA_KEY=\$binary_remote_addr MY_DATA_RATE=$my_data_rate MY_DATA_BURST=10
    fi
    export STATS_READERS=everyone
    if [[ $stats == staff ]]; then STATS_READERS=staff; fi
    for template in "$nginx"/*.conf; do
      # shellcheck disable=SC2016
      envsubst '${VAR} ${LISTEN} ${WORKER_USER} ${SUBMIT_KEY} ${SUBMIT_RATE} ${SUBMIT_BURST}
        ${VIEW_DATA_KEY} ${VIEW_DATA_RATE} ${VIEW_DATA_BURST} ${MY_DATA_KEY} ${MY_DATA_RATE} ${MY_DATA_BURST}
        ${STATS_READERS}' <"$template" >"$var/nginx/${template##*/}"
    done
  )
  write_upstreams >"$var/nginx/upstreams.conf"
}
