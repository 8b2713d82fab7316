# How `dumps` copies the databases of MongoDB: both desks at one moment, that of the dump's end.
# shellcheck shell=bash disable=SC2154

# The password comes by a pipe, since arguments are for everyone to see.
ask() {
  local program=$1
  shift
  "$program" --config <(echo "password: $(</run/secrets/database.administrator)") --host guichet/mongodb:27017 \
    --username administrator --authenticationDatabase admin "$@"
}

dump() {
  ask mongodump --oplog --gzip --archive="$1/all"
}

# With another epoch the window and the index are made anew.
put_back() {
  ask mongorestore --drop --oplogReplay --gzip --archive="$1/all" --nsInclude='intake.*' --nsInclude='office.*'
  mongosh --quiet --nodb --file "$here/mongodb-epoch.js"
}
