# How a bench asks: at full speed through Nginx, with what came of it counted.
# shellcheck shell=bash

connections=64
json=(-H 'Accept: application/json')

# rate URL SECONDS [WORDS OF WRK...]: requests a second; the bench ends at an answer that is none.
rate() {
  local url=$1 seconds=$2 result
  shift 2
  result=$(wrk -t 2 -c "$connections" -d "$seconds" "$@" "$url")
  ! grep -E 'FAILED|Non-2xx|Socket errors' <<<"$result" >&2 || exit 1
  awk '/^Requests\/sec:/ { print int($2) }' <<<"$result"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'; }
median() { sort -n | awk '{ row[NR] = $1 } END { print row[int((NR + 1) / 2)] }'; }

# median_column FILE NUMBER
median_column() { awk -v column="$2" '{ print $column }' "$1" | median; }
