"""A root file system, and programs that run in it as a container engine runs them: in mount, process and network
namespaces, volumes bound in, as one user with the capabilities that were named and no others. Needs to be root."""

import os
import shutil
import signal
import subprocess
import tarfile
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# $1: the root; $2: where to begin; then binds as SOURCE:TARGET:rw|ro, --, tmpfs targets, --, ro or rw, then the command.
ENTER = r"""
set -e
root=$1 directory=$2
shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for (( ; $# ; )); do
  [[ $1 != -- ]] || break
  IFS=: read -r source target mode <<<"$1"
  mount --bind "$source" "$root$target"
  [[ $mode == rw ]] || mount -o remount,bind,ro "$root$target"
  shift
done
shift
for (( ; $# ; )); do
  [[ $1 != -- ]] || break
  mount -t tmpfs -o mode=1777 tmpfs "$root$1"
  shift
done
[[ $2 == rw ]] || mount -o remount,bind,ro "$root"
shift 2
exec chroot "$root" bash -c 'cd "$0" && exec "$@"' "$directory" "$@"
"""


class Root:
    def __init__(self, path):
        self.path = Path(path)

    @staticmethod
    def from_archive(archive, path):
        """A minimal Debian, unpacked."""
        os.makedirs(path)
        subprocess.run(["tar", "--extract", "--file", archive, "--directory", path, "--exclude=./dev/*"], check=True)
        root = Root(path)
        # The names of package registries are looked up as this machine does.
        shutil.copyfile("/etc/resolv.conf", root / "/etc/resolv.conf")
        (root / "/etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        return root

    def copy(self, path):
        subprocess.run(["cp", "--archive", "--reflink=auto", str(self.path), str(path)], check=True)
        return Root(path)

    def __truediv__(self, path):
        return self.path / str(path).lstrip("/")

    def _words(self, command, *, user="root", directory="/", environment=None, binds=(), tmpfs=(), read_only=False,
               capabilities=None, no_new_privileges=False, network=None):
        for _, target, _ in binds:
            place = self / target
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                source = next(s for s, t, _ in binds if t == target)
                place.mkdir() if Path(source).is_dir() else place.touch()
        for target in tmpfs:
            (self / target).mkdir(parents=True, exist_ok=True)
        name, _, group = str(user).partition(":")
        privileges = ["--reuid", name, "--regid", group or str(self.numbers_of(name)[1])]
        privileges.append("--clear-groups" if name.isdigit() else "--init-groups")
        if capabilities is not None:
            kept = ["+" + name.lower() for name in capabilities]
            privileges += ["--inh-caps=-all", "--bounding-set=" + ",".join(["-all", *kept])]
        if no_new_privileges:
            privileges.append("--no-new-privs")
        given = {"PATH": PATH, "HOME": "/root", **(environment or {})}
        return [*(["ip", "netns", "exec", network] if network else []),
                "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL",
                "bash", "-c", ENTER, "enter", str(self.path), directory,
                *[f"{source}:{target}:{mode}" for source, target, mode in binds], "--", *tmpfs, "--",
                "ro" if read_only else "rw",
                "setpriv", *privileges, "--", "env", "-i", *[f"{k}={v}" for k, v in given.items()], *command]

    def numbers_of(self, user):
        """The user's own number, and its group's."""
        if user.isdigit():
            return int(user), int(user)
        for line in (self / "/etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if fields[0] == user:
                return int(fields[2]), int(fields[3])
        raise SystemExit(f"{self.path} has no user {user}")

    def run(self, command, **given):
        """Runs it to its end; raises when it fails."""
        return subprocess.run(self._words(command, **given), check=True, stdin=subprocess.DEVNULL)

    def ask(self, command, **given):
        """Runs it to its end; its exit code and what it printed."""
        ended = subprocess.run(self._words(command, **given), stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return ended.returncode, ended.stdout

    def start(self, command, log, user="root", **given):
        # As engines do, so that /dev/stderr can be opened again by name.
        os.fchown(log.fileno(), *self.numbers_of(user.partition(":")[0]))
        return Started(subprocess.Popen(self._words(command, user=user, **given), stdin=subprocess.DEVNULL,
                                        stdout=log, stderr=subprocess.STDOUT))


class Started:
    """A program in its namespaces; everything of it ends with it."""

    def __init__(self, process):
        self.process = process

    def pid(self):
        """Of the first process within, which is number 1 there."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def stop(self, seconds=30, number=signal.SIGTERM):
        if self.process.poll() is None and self.pid():
            os.kill(self.pid(), number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()
