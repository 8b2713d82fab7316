# Nginx's configuration, from the templates beside this file to $var/nginx.
# shellcheck shell=bash disable=SC2154

# To each handler, in each of Nginx's two workers: together fewer than its 72 threads, or requests wait behind idle connections.
kept_connections=32

# Prints where Nginx reaches a handler.
server_of() {
  echo "unix:$var/run/$1.sock"
}

write_upstreams() {
  local handler server i
  while read -r handler _; do
    echo "upstream $handler {"
    server=$(server_of "$handler")
    # Nginx tries a server once a request, and after a crash each kept connection is a dead one to get past.
    for ((i = 0; i < kept_connections + 2; i++)); do echo "  server \"$server\" max_fails=0;"; done
    # A connection that is never given up starves those that wait for its thread: with 64 clients and 32 threads, 1
    # request in 100 took 370 ms when each was given up after 100 requests, 25 ms with a thread for each client.
    printf '  keepalive %d;\n  keepalive_requests 25;\n' "$kept_connections"
    # Nginx alone closes a kept connection without a race, so a generation ends when none of these is left.
    printf '  keepalive_time 1s;\n  keepalive_timeout 1s;\n}\n'
  done < <(menu)
}

# Prints the line that takes a template in when there is a reason to.
include_for() {
  [[ ! $1 ]] || echo "include $2.conf;"
}

# Prints the list of trusted proxies as lines of Nginx, each between two texts.
each_proxy() {
  local proxy
  for proxy in ${trusted_proxies//,/ }; do echo "$1$proxy$2;"; done
}

# The pages that Nginx shows by itself were made with the release, before anyone knew what their links begin with, and
# whether the statistics are everyone's: what is not there looks like what may not be seen.
write_error_pages() {
  rm -rf "$var/nginx/errors.new"
  cp -R "$release_folder/errors" "$var/nginx/errors.new"
  [[ $stats != staff ]] || sed -i 's|^ *<li><a href="@base@/stats".*||; \|href="@base@/stats_jours"|d' "$var"/nginx/errors.new/*
  sed -i "s|@base@|$base_path|g" "$var"/nginx/errors.new/*
  make_directory root:root 755 "$var/nginx/errors"
  mv -t "$var/nginx/errors" "$var"/nginx/errors.new/*
  rmdir "$var/nginx/errors.new"
}

configure() {
  local template worker_user=''
  ((EUID != 0)) || worker_user="user $web_user;"
  [[ -d $var/nginx ]] || make_directory root:root 755 "$var/nginx"
  make_directory root:root 755 "$var/nginx/temporary"
  write_error_pages
  (
    export VAR=$var LISTEN=$listen WORKER_USER=$worker_user BASE=$base_path
    export TLS REDIRECT OUTSIDE TRUSTED_PROXIES PROXY_NETWORKS
    TLS=$(include_for "$tls_certificate" tls)
    REDIRECT=$(include_for "$http_port" redirect)
    OUTSIDE=$(include_for "$base_path" outside)
    TRUSTED_PROXIES=$(each_proxy 'set_real_ip_from ' '')
    PROXY_NETWORKS=$(each_proxy '' ' 1')
    export HSTS='' TLS_CERTIFICATE=$tls_certificate TLS_KEY=$tls_key TLS_DIGEST=''
    if [[ $tls_certificate ]]; then
      LISTEN+=' ssl http2' TLS_DIGEST=$(certificate_digest)
      [[ $tls_is_self_signed ]] || HSTS=max-age=$((hsts_days * 86400))
    fi
    export HOST=$host HTTP_LISTEN=$http_listen HTTPS_PORT=:$port
    if ((port == 443)); then HTTPS_PORT=''; fi
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
    if [[ $stats == staff ]]; then STATS_READERS=guarded; fi
    export LISTEN_INSIDE=${inside_port:+listen 127.0.0.1:$inside_port;}
    for template in "$conf"/*.conf; do
      # shellcheck disable=SC2016
      envsubst '${VAR} ${LISTEN} ${WORKER_USER} ${BASE} ${TLS} ${REDIRECT} ${OUTSIDE} ${TRUSTED_PROXIES} ${PROXY_NETWORKS}
        ${HSTS} ${TLS_CERTIFICATE} ${TLS_KEY} ${TLS_DIGEST} ${HOST} ${HTTP_LISTEN} ${HTTPS_PORT} ${SUBMIT_KEY} ${SUBMIT_RATE} ${SUBMIT_BURST}
        ${VIEW_DATA_KEY} ${VIEW_DATA_RATE} ${VIEW_DATA_BURST} ${MY_DATA_KEY} ${MY_DATA_RATE} ${MY_DATA_BURST}
        ${STATS_READERS} ${LISTEN_INSIDE}' <"$template" >"$var/nginx/${template##*/}"
    done
  )
  write_upstreams >"$var/nginx/upstreams.conf"
}
