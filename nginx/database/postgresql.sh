# How `dumps` copies the databases of PostgreSQL, each as the desk that owns it.
# shellcheck shell=bash disable=SC2154

ask() {
  local program=$1 desk=$2
  shift 2
  PGPASSWORD=$(<"/run/secrets/database.$desk") "$program" --host postgresql --username "$desk" --dbname "$desk" "$@"
}

# The intake desk's moment comes first: the trail is told of a deed before it is done, and so holds every deed of it.
dump() {
  local desk
  for desk in intake office; do
    ask pg_dump "$desk" --format custom --file "$1/$desk"
    pg_restore --file /dev/null "$1/$desk"
  done
}

# Both are read to their end before anything is touched; then each database becomes what it was, or stays as it is. With
# another epoch the window and the index are made anew.
put_back() {
  local desk
  trap 'rm -f "$folder"/*.sql' EXIT
  for desk in intake office; do
    pg_restore --no-owner --file "$folder/$desk.sql" "$1/$desk"
  done
  for desk in intake office; do
    ask psql "$desk" --no-psqlrc --quiet --single-transaction --set ON_ERROR_STOP=1 --output /dev/null \
      --command 'DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner' \
      --file "$folder/$desk.sql" --command 'UPDATE public.office SET epoch = gen_random_uuid()'
  done
}
