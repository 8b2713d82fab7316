# From the sources to a release: the programs, templates, pages and lists that the office runs on. Releases lie in
# $var/releases, each named by what is in it; `release` leads to the one in force, `release.previous` to the one before.
# shellcheck shell=bash disable=SC2154

# Two offices of one checkout build one after the other.
alone=(flock "$repository/var/build/lock")

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
  mkdir -p var/build
  # A build that is there configures itself again, but for what stands in the presets.
  [[ var/build/$build/build.ninja -nt CMakePresets.json ]] ||
    run "cmake cannot configure the build: read its words above" "${alone[@]}" cmake --preset "$build"
  run "the build failed: read its words above" "${alone[@]}" cmake --build --preset "$build" --target office
}

# Prints the name of a release: the same content is the same release.
identify() {
  (cd "$1" && find . -type f -print0 | sort -z | xargs -0 b2sum | b2sum | head -c 12)
}

# Points a link at another release, at once.
point() {
  ln -sfn -- "$2" "$var/$1.new"
  mv -T -- "$var/$1.new" "$var/$1"
}

# Makes a release of the build, or of a folder that was built elsewhere, aside and whole: a failed step leaves none.
install_release() {
  local folder=$1 new=$var/releases/new program
  make_directory root:root 755 "$var/releases"
  rm -rf "$new"
  choose_release "$folder"
  if [[ $folder ]]; then
    for program in guichet $(menu | cut -d ' ' -f 1); do
      [[ -x $folder/bin/$program ]] || die "$folder is no release: it has no program bin/$program (cmake --install makes one)."
    done
    run "the release cannot be copied: read the words above" cp -R --no-target-directory -- "$folder" "$new"
  else
    run "the release cannot be installed: read the words above" "${alone[@]}" cmake --install "var/build/$build" --prefix "$new"
  fi
  run "the error pages cannot be made: read the words above" \
    env GUICHET_TEMPLATES="$new/templates" "$new/bin/guichet" error-pages --base @base@ "$new/errors"
  chmod -R go=u-w "$new"
  ((EUID != 0)) || chown -R root:root "$new"
  choose_release "$var/releases/$(identify "$new")"
  if [[ -d $release_folder ]]; then rm -rf "$new"; else mv "$new" "$release_folder"; fi
  check_release
}

check_release() {
  local given=${GUICHET_INTAKE_DOCUMENTS_FILE-}
  (
    set_environment
    # What is kept of the file may be older.
    [[ ! $given ]] || export GUICHET_INTAKE_DOCUMENTS_FILE=$given
    "$release_folder/bin/guichet" settings check
  ) || die "the settings are wrong: mend what is said above, then start again."
}

# Puts the chosen release in force.
switch_release() {
  local now next=releases/${release_folder##*/}
  # A release was once a folder of that name.
  if [[ -d $var/release && ! -L $var/release ]]; then
    now=releases/$(identify "$var/release")
    if [[ -d $var/$now ]]; then rm -rf "$var/release"; else mv "$var/release" "$var/$now"; fi
    ln -s "$now" "$var/release"
  fi
  now=$(readlink "$var/release") || now=
  [[ $now != "$next" ]] || return 0
  [[ ! $now ]] || point release.previous "$now"
  point release "$next"
}

# Deletes releases that are neither in force nor the one before, and of which nothing runs.
drop_releases() {
  local folder id
  for folder in "$var"/releases/*/; do
    id=${folder%/} id=${id##*/}
    [[ $(readlink "$var/release") != "releases/$id" && $(readlink "$var/release.previous") != "releases/$id" ]] || continue
    grep -qs "^generation $id " "$var"/run/*.pid || rm -rf "$folder"
  done
}
