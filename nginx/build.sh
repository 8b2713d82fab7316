# From the sources to $var/release: the programs, templates, pages and lists that the office runs on.
# shellcheck shell=bash disable=SC2154

free_megabytes() {
  df --output=avail --block-size=1M -- "$1" | tail -n 1
}

check_space() {
  local directory
  for directory in "$repository" "$var"; do
    (($(free_megabytes "$directory") >= 1000)) ||
      die "$directory has $(free_megabytes "$directory" | xargs) MB of free disk space, and 1000 MB are needed: make room."
  done
}

# Runs a command, its output in var/log/build.log; shows the end of it when the command fails.
run() {
  local sentence=$1 log=$var/log/build.log
  shift
  ! "$@" &>>"$log" </dev/null {lock}>&- || return 0
  tail -n 20 "$log" >&2
  if grep -q 'No space left on device' "$log"; then sentence="the disk is full: make room"; fi
  die "$sentence, then start again; $log has the details."
}

build() {
  cd "$repository" || return
  (umask 027 && : >"$var/log/build.log")
  run "cmake cannot configure the build: read its words above" cmake --preset "$build"
  run "the build failed: read its words above" cmake --build --preset "$build" --target office
}

# Made aside and swapped in whole: a failed step leaves the release before it as it was.
release() {
  local new=$var/release.new
  rm -rf "$new"
  run "the release cannot be installed: read the words above" cmake --install "var/build/$build" --prefix "$new"
  run "the error pages cannot be made: read the words above" \
    env GUICHET_TEMPLATES="$new/templates" "$new/bin/guichet" error-pages --base @base@ "$new/errors"
  chmod -R go=u-w "$new"
  rm -rf "$var/release"
  mv "$new" "$var/release"
  (
    set_environment
    "$var/release/bin/guichet" settings check
  ) || die "the settings are wrong: mend what is said above, then start again."
}
